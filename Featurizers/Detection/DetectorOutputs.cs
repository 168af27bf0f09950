using TransferKit.Engines.Torch;
using static TorchSharp.torch;

namespace TransferKit.Detection;

/// <summary>The outputs of the proposal network in Torch for a batch.</summary>
/// <param name="Maps">The maps of the feature pyramid that proposals are pooled from: images x channels x height x width.</param>
/// <param name="Objectness">The logits of objectness of each map, including the last: images x anchors x height x width.</param>
/// <param name="Deltas">The box deltas of each map: images x (anchors times 4) x height x width.</param>
internal sealed record DetectorOutputs(Tensor[] Maps, Tensor[] Objectness, Tensor[] Deltas)
{
    /// <summary>Runs the proposal network.</summary>
    /// <param name="module">The network of <see cref="FasterRcnn.Build"/>.</param>
    /// <param name="detector">The architecture.</param>
    /// <param name="images">The preprocessed images.</param>
    public static DetectorOutputs Run(TorchNetwork module, FasterRcnn detector, Tensor images)
    {
        int maps = detector.ReturnLayers.Count, levels = detector.Anchors.Count;
        int[] all = [.. Enumerable.Range(0, levels)];
        string[] names = [.. all.Take(maps).Select(i => $"{i}"), .. all.Select(i => $"objectness.{i}"), .. all.Select(i => $"deltas.{i}")];
        Tensor[] values = [.. module.Values(images, names)];
        // Layers compute in the type of their input, which may be bfloat16; boxes and losses need single precision.
        Tensor[] heads = [.. values[maps..].Select(v => v.@float())];
        return new(values[..maps], heads[..levels], heads[levels..]);
    }

    /// <summary>Selects the proposals of each image. They have no gradients: the losses take them as constants.</summary>
    /// <param name="layout">The layout of the outputs for this input size.</param>
    /// <param name="selection">The selection of proposals.</param>
    /// <param name="sizes">The width and height of each image without padding.</param>
    public Box[][] Propose(ProposalLayout layout, ProposalSelection selection, IReadOnlyList<(int Width, int Height)> sizes)
    {
        var vectors = cat([.. Objectness.Concat(Deltas).Select(v => v.detach().flatten(1))], 1).cpu().contiguous();
        float[] values = vectors.data<float>().ToArray();
        int count = values.Length / sizes.Count;
        return [.. sizes.Select((size, i) =>
        {
            var maps = layout.Proposals(values.AsMemory(i * count, count));
            return selection.Select(maps, size.Height, size.Width);
        })];
    }

    /// <summary>The logits (anchors of all images) and the box deltas (the same x 4), in the order of the anchors.</summary>
    public (Tensor Logits, Tensor Deltas) InAnchorOrder()
    {
        // Anchors follow each other around a pixel, pixels in a map, maps in an image.
        var logits = cat([.. Objectness.Select(o => o.permute(0, 2, 3, 1).flatten(1))], 1).flatten();
        var deltas = cat([.. Deltas.Select(d =>
        {
            var byAnchor = d.reshape(d.shape[0], d.shape[1] / 4, 4, d.shape[2], d.shape[3]);
            return byAnchor.permute(0, 3, 4, 1, 2).reshape(d.shape[0], -1, 4);
        })], 1).reshape(-1, 4);
        return (logits, deltas);
    }
}
