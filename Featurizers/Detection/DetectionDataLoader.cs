using TransferKit.Engines.Torch;
using TransferKit.Images;
using TransferKit.Training;
using static TorchSharp.torch;

namespace TransferKit.Detection;

/// <summary>Loads images with their ground truth, augmented anew each epoch.</summary>
/// <param name="examples">The images with their ground truth.</param>
/// <param name="detector">The architecture.</param>
/// <param name="pass">Computes losses and detections.</param>
/// <param name="augmentation">The changes of flip and color.</param>
/// <param name="scaleJitter">The most that the scale of images differs from 1.</param>
/// <param name="options">Batch size, seed and threads.</param>
internal sealed class DetectionDataLoader(IReadOnlyList<DetectionExample> examples, FasterRcnn detector, DetectorPass pass,
    Augmentation augmentation, double scaleJitter, TrainingOptions options) : DataLoader(examples.Count, options)
{
    /// <summary>The name of the validation metric: average precision at an intersection over union of 0.5.</summary>
    public const string AveragePrecision = "AP50";

    private const int NoStep = -1;

    public override string TrainingMetric => "proposal accuracy";

    public override string ValidationMetric => AveragePrecision;

    public override (Tensor Loss, double MetricSum) Forward(TorchNetwork module, Batch batch, Device device, bool mixedPrecision, int step)
    {
        var images = batch.InputTensor(device);
        var losses = Losses(module, (DetectionBatch)batch, mixedPrecision ? images.bfloat16() : images, step);
        return (losses.Sum(), losses.ProposalAccuracy * batch.Count);
    }

    public override (double Loss, double Metric) Evaluate(TorchNetwork module, Device device)
    {
        var images = new List<(IReadOnlyList<Detection> Detections, IReadOnlyList<LabeledBox> GroundTruth)>();
        double loss = MeanLoss(loaded =>
        {
            var batch = (DetectionBatch)loaded;
            var input = batch.InputTensor(device);
            var losses = Losses(module, batch, input, NoStep);
            images.AddRange(pass.Detect(module, batch, input).Zip(batch.GroundTruth).Select(p => ((IReadOnlyList<Detection>)p.First,
                (IReadOnlyList<LabeledBox>)p.Second)));
            return losses.Sum();
        });
        double precision = new CocoEvaluation([.. images]).AveragePrecision([0.5]);
        return (loss, double.IsNaN(precision) ? 0 : precision);
    }

    protected override Batch Load(int[] indices, int epoch)
    {
        var loaded = indices.Select(i => Load(examples[i], new Random(unchecked((Options.Seed * 31 + epoch) * 1_000_003 + i)))).ToArray();
        var (width, height) = detector.Transform.PaddedSize(loaded.Max(s => s.Size.Width), loaded.Max(s => s.Size.Height));
        int count = 3 * width * height;
        float[] values = new float[loaded.Length * count];
        for (int i = 0; i < loaded.Length; i++)
            loaded[i].Transform.Apply(loaded[i].Picture, (width, height), values.AsMemory(i * count, count));
        return new DetectionBatch(values, new(3, height, width), [.. loaded.Select(s => s.Size)], [.. loaded.Select(s => s.GroundTruth)]);
    }

    private DetectionLosses Losses(TorchNetwork module, DetectionBatch batch, Tensor images, int step) =>
        pass.Losses(module, batch, images, new Random(unchecked(Options.Seed * 15_485_863 + step)));

    private (Picture Picture, DetectionTransform Transform, (int Width, int Height) Size, LabeledBox[] GroundTruth) Load(
        DetectionExample example, Random random)
    {
        var picture = augmentation.ColorJitter(example.Image.Decode(), random);
        double scale = 1 + (random.NextDouble() * 2 - 1) * scaleJitter;
        bool flipped = random.NextDouble() < augmentation.Flip;
        var transform = detector.Transform;
        var scaled = transform with { MinSize = (int)(scale * transform.MinSize), MaxSize = (int)(scale * transform.MaxSize) };
        var size = scaled.ResizedSize(picture.Width, picture.Height);
        float x = (float)size.Width / picture.Width, y = (float)size.Height / picture.Height;
        int width = picture.Width;
        // Crowds are not learned: the boxes of their objects are unknown.
        var objects = example.GroundTruth.Where(t => !t.IsCrowd);
        LabeledBox[] groundTruth = [.. objects.Select(t => t with { Box = (flipped ? t.Box.Flip(width) : t.Box).Scale(x, y) })];
        return (flipped ? PictureEffects.Mirror(picture) : picture, scaled, size, groundTruth);
    }
}
