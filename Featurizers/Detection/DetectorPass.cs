using System.Collections.Concurrent;
using TransferKit.Engines.Torch;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TransferKit.Detection;

/// <summary>Runs batches through a detector in Torch: computes the losses of training, or detects objects.</summary>
/// <param name="detector">The architecture.</param>
/// <param name="classes">The number of classes, including the background.</param>
/// <param name="anchors">The number of anchors of an image that are sampled for the losses.</param>
/// <param name="proposals">The number of proposals of an image that are sampled for the losses.</param>
internal sealed class DetectorPass(FasterRcnn detector, int classes, int anchors = 256, int proposals = 512)
{
    private const double AnchorPositiveFraction = 0.5, ProposalPositiveFraction = 0.25, Beta = 1.0 / 9;
    private readonly ConcurrentDictionary<(int Height, int Width), DetectionSteps> _steps = new();

    /// <summary>Computes the four losses.</summary>
    /// <param name="module">The network of <see cref="FasterRcnn.Build"/>.</param>
    /// <param name="batch">The sizes of the images, and the objects in them.</param>
    /// <param name="images">The preprocessed images.</param>
    /// <param name="random">Samples anchors and proposals.</param>
    public DetectionLosses Losses(TorchNetwork module, DetectionBatch batch, Tensor images, Random random)
    {
        var outputs = DetectorOutputs.Run(module, detector, images);
        var steps = Steps(batch);
        var proposed = outputs.Propose(steps.Layout, detector.TrainingProposals, batch.Sizes);
        var (objectness, proposalBox) = AnchorLosses(steps.Layout.Anchors, batch, outputs, random);
        var (classifier, detectionBox, accuracy) = ProposalLosses(module, outputs.Maps, batch, proposed, random);
        return new(objectness, proposalBox, classifier, detectionBox, accuracy);
    }

    /// <summary>Finds the objects in each image, in pixels of the resized image; those with the highest scores come first.</summary>
    /// <param name="module">The network of <see cref="FasterRcnn.Build"/>.</param>
    /// <param name="batch">The sizes of the images.</param>
    /// <param name="images">The preprocessed images.</param>
    public Detection[][] Detect(TorchNetwork module, DetectionBatch batch, Tensor images)
    {
        var outputs = DetectorOutputs.Run(module, detector, images);
        var steps = Steps(batch);
        var proposed = outputs.Propose(steps.Layout, steps.Proposals, batch.Sizes);
        var boxes = proposed.SelectMany((ofImage, image) => ofImage.Select(b => (image, b))).ToArray();
        float[] results = cat([.. RunBoxHead(module, Pool(outputs.Maps, batch, boxes))], 1).cpu().data<float>().ToArray();
        var detections = new Detection[batch.Count][];
        int first = 0, outputCount = classes * DetectionHeads.OutputsPerClass;
        for (int i = 0; i < detections.Length; i++)
        {
            var ofImage = results.AsSpan(first * outputCount, proposed[i].Length * outputCount);
            detections[i] = steps.Select(proposed[i], ofImage, batch.Sizes[i]);
            first += proposed[i].Length;
        }
        return detections;
    }

    private DetectionSteps Steps(DetectionBatch batch) =>
        _steps.GetOrAdd((batch.Shape.Height, batch.Shape.Width), size => detector.Steps(size.Height, size.Width));

    private static Tensor Pool(Tensor[] maps, DetectionBatch batch, IReadOnlyList<(int Image, Box Box)> boxes)
    {
        float[] scales = [.. maps.Select(m => ChannelsLastMap.ScaleOf((int)m.shape[2], batch.Shape.Height))];
        return FasterRcnn.Pooling.Pool(maps, scales, boxes);
    }

    private static Tensor[] RunBoxHead(TorchNetwork module, Tensor regions) =>
        [.. module.ValuesFrom(FasterRcnn.BoxHeadInput, regions, "logits", "deltas").Select(v => v.@float())];

    private (Tensor Objectness, Tensor Box) AnchorLosses(Box[] allAnchors, DetectionBatch batch, DetectorOutputs outputs, Random random)
    {
        var (logits, deltas) = outputs.InAnchorOrder();
        var samples = new SampledBoxes();
        for (int i = 0; i < batch.Count; i++)
            samples.Add(i, allAnchors, batch.GroundTruth[i], Matcher.Anchors, anchors, AnchorPositiveFraction, BoxCoder.Proposals, random);
        var device = logits.device;
        float[] targets = [.. samples.Labels.Select(label => label > 0 ? 1f : 0f)];
        var sampledLogits = logits.index_select(0, tensor(samples.Positions).to(device));
        var loss = F.binary_cross_entropy_with_logits(sampledLogits, tensor(targets).to(device), reduction: nn.Reduction.Sum);
        long[] positives = [.. samples.Positives.Select(i => samples.Positions[i])];
        return (MeanOverSamples(loss, samples), BoxLoss(deltas.index_select(0, tensor(positives).to(device)), samples));
    }

    private (Tensor Classifier, Tensor Box, double Accuracy) ProposalLosses(TorchNetwork module, Tensor[] maps, DetectionBatch batch,
        Box[][] proposed, Random random)
    {
        var samples = new SampledBoxes();
        for (int i = 0; i < batch.Count; i++)
        {
            // The boxes of the ground truth are proposals as well, so that there are always positive ones.
            var objects = batch.GroundTruth[i];
            Box[] boxes = [.. proposed[i], .. objects.Select(o => o.Box)];
            samples.Add(i, boxes, objects, Matcher.Proposals, proposals, ProposalPositiveFraction, BoxCoder.Detections, random);
        }
        var results = RunBoxHead(module, Pool(maps, batch, samples.Boxes));
        var (logits, allDeltas, device) = (results[0], results[1], results[0].device);
        var labels = tensor(samples.Labels.Select(label => (long)label).ToArray()).to(device);
        var loss = F.cross_entropy(logits, labels, reduction: nn.Reduction.Sum);
        // The box head gives deltas for every class; only those of the right class are trained.
        long[] rows = [.. samples.Positives.Select(i => (long)i * classes + samples.Labels[i])];
        var deltas = allDeltas.reshape(-1, 4).index_select(0, tensor(rows).to(device));
        double accuracy = (logits.argmax(1) == labels).sum().item<long>() / Math.Max(1.0, samples.Labels.Count);
        return (MeanOverSamples(loss, samples), BoxLoss(deltas, samples), accuracy);
    }

    private static Tensor BoxLoss(Tensor deltas, SampledBoxes samples)
    {
        var targets = tensor(samples.TargetDeltas.ToArray(), [samples.TargetDeltas.Count / 4, 4]).to(deltas.device);
        return MeanOverSamples(F.smooth_l1_loss(deltas, targets, nn.Reduction.Sum, Beta), samples);
    }

    private static Tensor MeanOverSamples(Tensor sum, SampledBoxes samples) => sum.Times(1.0 / Math.Max(1, samples.Labels.Count));
}
