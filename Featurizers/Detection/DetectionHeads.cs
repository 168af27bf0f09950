using TransferKit.Graphs;

namespace TransferKit.Detection;

/// <summary>The small networks of Faster R-CNN that say where something may be, and what it is (Ren et al. 2015, arXiv:1506.01497).</summary>
internal static class DetectionHeads
{
    /// <summary>For one map of a pyramid: how likely each anchor holds something, and how that differs from the anchor. All maps share the layers.</summary>
    /// <returns>Maps of a logit, and of four deltas, for each anchor around a pixel.</returns>
    public static (Value Objectness, Value Deltas) Proposals(Value map, int level, int depth, int anchors)
    {
        using var scope = map.Graph.Scope("rpn.head");
        for (int i = 0; i < depth; i++)
            map = map.Conv($"conv.{i}.0@{level}", map.Channels, 3, bias: true, init: WeightInit.Normal(0.01)).Relu();
        return (map.Conv($"cls_logits@{level}", anchors, 1, bias: true, init: WeightInit.Normal(0.01)).As($"objectness.{level}"),
            map.Conv($"bbox_pred@{level}", 4 * anchors, 1, bias: true, init: WeightInit.Normal(0.01)).As($"deltas.{level}"));
    }

    /// <summary>For the pixels of one box: a logit for each class, and for each class the deltas from the box.</summary>
    /// <param name="pixels">Channels x 7 x 7.</param>
    /// <param name="classes">The number of classes, with 0 for nothing.</param>
    /// <param name="convolutions">Normalized convolutions before the fully connected layers, or 0 for two such layers.</param>
    public static Value Boxes(Value pixels, int classes, int convolutions)
    {
        using var scope = pixels.Graph.Scope("roi_heads");
        for (int i = 0; i < convolutions; i++)
            pixels = pixels.Conv($"box_head.{i}.0", pixels.Channels, 3).BatchNorm($"box_head.{i}.1").Relu();
        var features = pixels.Flatten();
        features = convolutions > 0 ? features.Linear($"box_head.{convolutions + 1}", 1024).Relu()
            : features.Linear("box_head.fc6", 1024).Relu().Linear("box_head.fc7", 1024).Relu();
        features.As("features");
        return features.Linear("box_predictor.cls_score", classes).As("logits").Concat(features.Linear("box_predictor.bbox_pred", 4 * classes).As("deltas"));
    }
}
