using TransferKit.Graphs;

namespace TransferKit.Detection;

/// <summary>The heads of Faster R-CNN: the region proposal network and the box head (Ren et al. 2015, arXiv:1506.01497).</summary>
internal static class DetectionHeads
{
    /// <summary>A logit and four box deltas.</summary>
    public const int OutputsPerClass = 5;

    /// <summary>Adds the region proposal network to one map of the feature pyramid. The layers are the same for all maps.</summary>
    /// <param name="map">The feature map.</param>
    /// <param name="level">The number of the map in the pyramid.</param>
    /// <param name="depth">The number of hidden convolutions.</param>
    /// <param name="anchors">The number of anchors around each pixel.</param>
    /// <returns>The logits of objectness, a channel for each anchor, and the box deltas, four channels for each anchor.</returns>
    public static (Value Objectness, Value Deltas) RegionProposals(Value map, int level, int depth, int anchors)
    {
        using var scope = map.Graph.Scope("rpn.head");
        for (int i = 0; i < depth; i++)
            map = map.Conv($"conv.{i}.0@{level}", map.Channels, 3, bias: true, init: WeightInit.Normal(0.01)).Relu();
        return (map.Conv($"cls_logits@{level}", anchors, 1, bias: true, init: WeightInit.Normal(0.01)).As($"objectness.{level}"),
            map.Conv($"bbox_pred@{level}", 4 * anchors, 1, bias: true, init: WeightInit.Normal(0.01)).As($"deltas.{level}"));
    }

    /// <summary>Adds the box head to the pooled features of a proposal.</summary>
    /// <param name="region">The pooled features: channels x 7 x 7.</param>
    /// <param name="classes">The number of classes, including the background.</param>
    /// <param name="convolutions">The number of normalized convolutions before one linear layer; 0 for two linear layers instead.</param>
    /// <returns>A logit for each class, then four box deltas for each class.</returns>
    public static Value Box(Value region, int classes, int convolutions)
    {
        using var scope = region.Graph.Scope("roi_heads");
        for (int i = 0; i < convolutions; i++)
            region = region.Conv($"box_head.{i}.0", region.Channels, 3).BatchNorm($"box_head.{i}.1").Relu();
        var features = region.Flatten();
        features = convolutions > 0 ? features.Linear($"box_head.{convolutions + 1}", 1024).Relu()
            : features.Linear("box_head.fc6", 1024).Relu().Linear("box_head.fc7", 1024).Relu();
        features.As("features");
        var logits = features.Linear("box_predictor.cls_score", classes).As("logits");
        return logits.Concat(features.Linear("box_predictor.bbox_pred", 4 * classes).As("deltas"));
    }
}
