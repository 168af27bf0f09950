using TransferKit.Engines.Torch;
using TransferKit.Images;
using TransferKit.Training;
using static TorchSharp.torch;

namespace TransferKit.Detection;

/// <summary>Images with boxes, changed anew each epoch.</summary>
/// <param name="examples">The images with what is in them.</param>
/// <param name="detector">What learns from them.</param>
/// <param name="pass">How it does.</param>
/// <param name="augmentation">How images are changed.</param>
/// <param name="jitter">How much larger or smaller they are shown, as a part of themselves.</param>
/// <param name="options">Batch size, seed and threads.</param>
internal sealed class DetectionBatches(IReadOnlyList<DetectionExample> examples, FasterRcnn detector, DetectorPass pass, Augmentation augmentation, double jitter, TrainingOptions options)
    : Batches(examples.Count, options)
{
    private readonly List<(IReadOnlyList<Detection>, IReadOnlyList<LabeledBox>)> _found = [];

    public override (Tensor Loss, double Right) Measure(TorchNetwork module, Batch batch, Device device, bool mixed, int? step)
    {
        var own = (DetectionBatch)batch;
        var images = batch.Input(device);
        var losses = pass.Losses(module, own, mixed ? images.bfloat16() : images, new Random(unchecked(Options.Seed * 15_485_863 + (step ?? -1))));
        if (step is null)
            _found.AddRange(pass.Detect(module, own, images).Zip(own.GroundTruth, (f, t) => ((IReadOnlyList<Detection>)f, (IReadOnlyList<LabeledBox>)t)));
        return (losses.Sum(), losses.ProposalAccuracy * batch.Count);
    }

    public override string Measured => "average precision at 0.5";

    /// <summary>Of a pass without learning: the average precision at an intersection over union of 0.5.</summary>
    public override double Accuracy(double right)
    {
        double precision = new CocoEvaluation([.. _found]).AveragePrecision([0.5]);
        _found.Clear();
        return double.IsNaN(precision) ? 0 : precision;
    }

    protected override Batch Read(int[] numbers, int epoch)
    {
        var shown = numbers.Select(i => Show(examples[i], new Random(unchecked((Options.Seed * 31 + epoch) * 1_000_003 + i)))).ToArray();
        var (width, height) = detector.Transform.PaddedSize(shown.Max(s => s.Size.Width), shown.Max(s => s.Size.Height));
        int count = 3 * width * height;
        float[] values = new float[shown.Length * count];
        for (int i = 0; i < shown.Length; i++)
            shown[i].Transform.Apply(shown[i].Picture, (width, height), values.AsMemory(i * count, count));
        return new DetectionBatch(values, new(3, height, width), [.. shown.Select(s => s.Size)], [.. shown.Select(s => s.GroundTruth)]);
    }

    private (Picture Picture, DetectionTransform Transform, (int Width, int Height) Size, LabeledBox[] GroundTruth) Show(DetectionExample example, Random random)
    {
        var picture = augmentation.ColorJitter(example.Image.Decode(), random);
        double scale = 1 + (random.NextDouble() * 2 - 1) * jitter;
        bool flipped = random.NextDouble() < augmentation.Flip;
        var transform = detector.Transform with { MinSize = (int)(scale * detector.Transform.MinSize), MaxSize = (int)(scale * detector.Transform.MaxSize) };
        var size = transform.ResizedSize(picture.Width, picture.Height);
        float x = (float)size.Width / picture.Width, y = (float)size.Height / picture.Height;
        int width = picture.Width;
        // Crowds are not trained on: the box of each of their objects is unknown.
        LabeledBox[] groundTruth = [.. example.GroundTruth.Where(o => !o.IsCrowd).Select(o => o with { Box = (flipped ? o.Box.Flip(width) : o.Box).Scale(x, y) })];
        return (flipped ? PictureEffects.Mirror(picture) : picture, transform, size, groundTruth);
    }
}
