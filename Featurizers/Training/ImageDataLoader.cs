using TransferKit.Engines.Torch;
using TransferKit.Graphs;
using static TorchSharp.torch;

namespace TransferKit.Training;

/// <summary>Loads inputs of one size with their targets.</summary>
/// <param name="count">The number of examples.</param>
/// <param name="inputs">The inputs of the network.</param>
/// <param name="criterion">The targets, and the loss between them and the network's outputs.</param>
/// <param name="shape">The shape of an input.</param>
/// <param name="options">Batch size, seed, threads and mixup.</param>
internal sealed class ImageDataLoader(int count, NetworkInputs inputs, Criterion criterion, Shape shape, FixedSizeTrainingOptions options)
    : DataLoader(count, options)
{
    public override string TrainingMetric => criterion.Metric;

    public override string ValidationMetric => criterion.Metric;

    public override (Tensor Loss, double MetricSum) Forward(TorchNetwork module, Batch batch, Device device, bool mixedPrecision, int step)
    {
        var (x, y) = (batch.InputTensor(device), batch.TargetTensor(device));
        if (options.Mixup > 0)
            (x, y) = Mixup.Apply(x, y, options.Mixup, new Random(unchecked(options.Seed * 104_729 + step)));
        // Layers compute in the type of their input; the loss and the weights stay in single precision.
        return Compare(module, mixedPrecision ? x.bfloat16() : x, y);
    }

    public override (double Loss, double Metric) Evaluate(TorchNetwork module, Device device)
    {
        int correct = 0;
        double loss = MeanLoss(batch =>
        {
            var (batchLoss, batchCorrect) = Compare(module, batch.InputTensor(device), batch.TargetTensor(device));
            correct += batchCorrect;
            return batchLoss;
        });
        return (loss, (double)correct / Count);
    }

    public override void DeleteOnDispose()
    {
        inputs.DeleteOnDispose();
        criterion.DeleteOnDispose();
    }

    public override void Dispose()
    {
        inputs.Dispose();
        criterion.Dispose();
        base.Dispose();
    }

    protected override Batch Load(int[] examples, int epoch)
    {
        float[] values = new float[examples.Length * inputs.Width], targets = new float[examples.Length * criterion.Width];
        for (int i = 0; i < examples.Length; i++)
        {
            inputs.Read(examples[i], epoch, values.AsSpan(i * inputs.Width, inputs.Width));
            criterion.ReadTarget(examples[i], epoch, targets.AsSpan(i * criterion.Width, criterion.Width));
        }
        return new Batch(examples.Length, values, targets, shape);
    }

    private (Tensor Loss, int Correct) Compare(TorchNetwork module, Tensor x, Tensor y)
    {
        Tensor[] outputs = [.. module.Values(x, [.. criterion.Outputs]).Select(o => o.@float())];
        return (criterion.Loss(outputs, y), Criterion.CountCorrect(outputs[0], y));
    }
}
