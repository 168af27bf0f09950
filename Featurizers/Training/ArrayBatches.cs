using TransferKit.Engines.Torch;
using TransferKit.Graphs;
using static TorchSharp.torch;

namespace TransferKit.Training;

/// <summary>Examples that are as many numbers each, with targets that are.</summary>
/// <param name="count">The number of examples.</param>
/// <param name="inputs">What the network is given.</param>
/// <param name="objective">What it should give.</param>
/// <param name="shape">The shape of an input.</param>
/// <param name="options">Batch size, seed, threads and mixup.</param>
internal sealed class ArrayBatches(int count, TailInputs inputs, Objective objective, Shape shape, TrainingOptions options) : Batches(count, options)
{
    public override (Tensor Loss, double Right) Measure(TorchNetwork module, Batch batch, Device device, bool mixed, int? step)
    {
        var (x, y) = (batch.Input(device), batch.Target(device));
        if (step is { } number && Options.Mixup > 0)
            (x, y) = Targets.Mix(x, y, Options.Mixup, new Random(unchecked(Options.Seed * 104_729 + number)));
        // Layers compute in the type of what they are given; the loss and the weights themselves stay in single precision.
        Tensor[] outputs = [.. module.Values(mixed ? x.bfloat16() : x, [.. objective.Outputs]).Select(o => o.@float())];
        return (objective.Loss(outputs, y), Objective.Correct(outputs[0], y));
    }

    public override void Forget()
    {
        inputs.Forget();
        objective.Forget();
    }

    public override void Dispose()
    {
        inputs.Dispose();
        objective.Dispose();
        base.Dispose();
    }

    protected override Batch Read(int[] examples, int epoch)
    {
        float[] values = new float[examples.Length * inputs.Width], targets = new float[examples.Length * objective.Width];
        for (int i = 0; i < examples.Length; i++)
        {
            inputs.Read(examples[i], epoch, values.AsSpan(i * inputs.Width, inputs.Width));
            objective.Read(examples[i], epoch, targets.AsSpan(i * objective.Width, objective.Width));
        }
        return new Batch(examples.Length, values, targets, shape);
    }
}
