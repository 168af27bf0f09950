using System.Collections.Concurrent;
using TransferKit.Engines.Torch;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TransferKit.Detection;

/// <summary>
/// A batch through a detector that is being trained: how far it is from what is in the images (for some anchors whether something is there
/// and where, for some proposals what it is and where; Ren et al. 2015, arXiv:1506.01497), or what it finds.
/// </summary>
/// <param name="detector">The architecture.</param>
/// <param name="classes">The number of classes, with 0 for nothing.</param>
/// <param name="anchors">Anchors of an image that are learned from.</param>
/// <param name="proposals">Proposals of an image that are learned from.</param>
internal sealed class DetectorPass(FasterRcnn detector, int classes, int anchors = 256, int proposals = 512)
{
    private const double AnchorPositiveFraction = 0.5, ProposalPositiveFraction = 0.25, Beta = 1.0 / 9;
    private readonly ConcurrentDictionary<(int, int), ProposalLayout> _layouts = new();

    /// <summary>The four losses.</summary>
    public DetectionLosses Losses(TorchNetwork module, DetectionBatch batch, Tensor images, Random random)
    {
        var (maps, objectness, deltas) = Propose(module, images);
        var layout = Layout(batch);
        var found = Proposals(layout, objectness, deltas, batch, detector.TrainingProposals);
        var (objects, proposalBox) = AnchorLosses(layout, batch, objectness, deltas, random);
        var (classifier, box, right) = ProposalLosses(module, maps, batch, found, random);
        return new(objects, proposalBox, classifier, box, right);
    }

    /// <summary>What it finds in each image, the likeliest first, in pixels of the resized image.</summary>
    public Detection[][] Find(TorchNetwork module, DetectionBatch batch, Tensor images)
    {
        var (maps, objectness, deltas) = Propose(module, images);
        var proposals = Proposals(Layout(batch), objectness, deltas, batch, detector.Proposals);
        var pixels = Pool(maps, batch, [.. proposals.SelectMany((boxes, image) => boxes.Select(b => (image, b)))]);
        float[] results = cat([.. Classify(module, pixels)], 1).cpu().data<float>().ToArray();
        var found = new Detection[batch.Count][];
        for (int i = 0, first = 0; i < found.Length; first += proposals[i++].Length)
            found[i] = detector.Detections.Choose(proposals[i], results.AsSpan(first * 5 * classes, proposals[i].Length * 5 * classes), batch.Sizes[i].Height, batch.Sizes[i].Width);
        return found;
    }

    private ProposalLayout Layout(DetectionBatch batch) =>
        _layouts.GetOrAdd((batch.Shape.Height, batch.Shape.Width), p => new ProposalLayout(detector, p.Item1, p.Item2));

    private static Tensor Pool(Tensor[] maps, DetectionBatch batch, IReadOnlyList<(int Image, Box Box)> boxes) =>
        FasterRcnn.Pooling.Pool(maps, [.. maps.Select(m => PixelMap.ScaleOf((int)m.shape[2], batch.Shape.Height))], boxes);

    private static Tensor[] Classify(TorchNetwork module, Tensor pixels) => [.. module.ValuesFrom(FasterRcnn.Pixels, pixels, "logits", "deltas").Select(v => v.@float())];

    private (Tensor[] Maps, Tensor[] Objectness, Tensor[] Deltas) Propose(TorchNetwork module, Tensor images)
    {
        int[] levels = [.. Enumerable.Range(0, detector.Anchors.Count)];
        int count = detector.Stages.Count;
        // Layers compute in the type of what they are given; boxes and losses need single precision.
        Tensor[] values = [.. module.Values(images, [.. levels.Take(count).Select(i => $"{i}"), .. levels.Select(i => $"objectness.{i}"), .. levels.Select(i => $"deltas.{i}")])];
        return (values[..count], [.. values[count..(count + levels.Length)].Select(v => v.@float())], [.. values[(count + levels.Length)..].Select(v => v.@float())]);
    }

    // Gradients do not go through the places of proposals: they are taken as given.
    private static Box[][] Proposals(ProposalLayout layout, Tensor[] objectness, Tensor[] deltas, DetectionBatch batch, ProposalSelection selection)
    {
        var vectors = cat([.. objectness.Concat(deltas).Select(v => v.detach().flatten(1))], 1).cpu().contiguous();
        float[] all = vectors.data<float>().ToArray();
        int width = all.Length / batch.Count;
        return [.. batch.Sizes.Select((size, i) => selection.Choose(layout.Heads(all.AsMemory(i * width, width)), size.Height, size.Width))];
    }

    private (Tensor Objectness, Tensor Box) AnchorLosses(ProposalLayout layout, DetectionBatch batch, Tensor[] objectness, Tensor[] deltas, Random random)
    {
        // Anchor after anchor around a pixel, pixel after pixel, as the anchors themselves come.
        var logits = cat([.. objectness.Select(o => o.permute(0, 2, 3, 1).flatten(1))], 1).flatten();
        var offsets = cat([.. deltas.Select(d => d.reshape(d.shape[0], d.shape[1] / 4, 4, d.shape[2], d.shape[3]).permute(0, 3, 4, 1, 2).reshape(d.shape[0], -1, 4))], 1).reshape(-1, 4);
        var chosen = new SampledBoxes();
        for (int i = 0; i < batch.Count; i++)
            chosen.Add(i, layout.Anchors, batch.GroundTruth[i], Matching.Anchors, anchors, AnchorPositiveFraction, BoxCoder.Proposals, random);
        var device = logits.device;
        float[] goals = [.. chosen.Labels.Select(l => l > 0 ? 1f : 0f)];
        var error = F.binary_cross_entropy_with_logits(logits.index_select(0, tensor(chosen.Positions).to(device)), tensor(goals).to(device), reduction: nn.Reduction.Sum);
        long[] somethings = [.. chosen.Positives.Select(i => chosen.Positions[i])];
        return (Mean(error, chosen), BoxLoss(offsets.index_select(0, tensor(somethings).to(device)), chosen));
    }

    private (Tensor Classifier, Tensor Box, double Right) ProposalLosses(TorchNetwork module, Tensor[] maps, DetectionBatch batch, Box[][] found, Random random)
    {
        var chosen = new SampledBoxes();
        for (int i = 0; i < batch.Count; i++)
            // What a person marked is a proposal as well, so that there is always something to learn from.
            chosen.Add(i, [.. found[i], .. batch.GroundTruth[i].Select(t => t.Box)], batch.GroundTruth[i], Matching.Proposals, proposals, ProposalPositiveFraction, BoxCoder.Detections, random);
        var results = Classify(module, Pool(maps, batch, chosen.Boxes));
        var device = results[0].device;
        var labels = tensor(chosen.Labels.Select(l => (long)l).ToArray()).to(device);
        var error = F.cross_entropy(results[0], labels, reduction: nn.Reduction.Sum);
        // Each class has deltas of its own; only those of the right one are learned.
        long[] rows = [.. chosen.Positives.Select(s => (long)s * classes + chosen.Labels[s])];
        var offsets = results[1].reshape(-1, 4).index_select(0, tensor(rows).to(device));
        double right = (results[0].argmax(1) == labels).sum().item<long>() / Math.Max(1.0, chosen.Labels.Count);
        return (Mean(error, chosen), BoxLoss(offsets, chosen), right);
    }

    private static Tensor BoxLoss(Tensor offsets, SampledBoxes chosen) =>
        Mean(F.smooth_l1_loss(offsets, tensor(chosen.Targets.ToArray(), [chosen.Targets.Count / 4, 4]).to(offsets.device), nn.Reduction.Sum, Beta), chosen);

    private static Tensor Mean(Tensor sum, SampledBoxes chosen) => sum.Times(1.0 / Math.Max(1, chosen.Labels.Count));
}
