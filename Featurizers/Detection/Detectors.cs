using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Graphs;

namespace TransferKit.Detection;

/// <summary>The registry of detectors.</summary>
public static class Detectors
{
    /// <summary>The name of the detector that is used by default.</summary>
    public const string Default = "fasterrcnn_mobilenet_v3_large_320_fpn";

    /// <summary>The beginning of the names of all detectors.</summary>
    public const string NamePrefix = "fasterrcnn_";

    private static readonly float[] AspectRatios = [0.5f, 1, 2];

    /// <summary>torchvision's detectors, with weights trained on COCO.</summary>
    public static IReadOnlyList<FasterRcnn> All { get; } =
    [
        // torchvision sets epsilon to 0 for these weights.
        ResNet("fasterrcnn_resnet50_fpn", "fasterrcnn_resnet50_fpn_coco-258fb6c6.pth", 37.0, epsilon: 0),
        ResNet("fasterrcnn_resnet50_fpn_v2", "fasterrcnn_resnet50_fpn_v2_coco-dd69338a.pth", 46.7) with
        {
            ProposalDepth = 2, BoxConvolutions = 4,
        },
        MobileNet("fasterrcnn_mobilenet_v3_large_fpn", "fasterrcnn_mobilenet_v3_large_fpn-fb6a3cc7.pth", 32.8) with
        {
            Proposals = new(ScoreThreshold: 0.05f),
        },
        MobileNet(Default, "fasterrcnn_mobilenet_v3_large_320_fpn-907ea3f9.pth", 22.8) with
        {
            Proposals = new(PreNmsTopN: 150, PostNmsTopN: 150, ScoreThreshold: 0.05f),
            Transform = new(MinSize: 320, MaxSize: 640),
        },
    ];

    /// <summary>Returns the detector with the given name.</summary>
    /// <param name="name">The name, such as <c>fasterrcnn_resnet50_fpn</c>.</param>
    /// <exception cref="ArgumentException">No detector has this name; the message suggests the nearest one.</exception>
    public static FasterRcnn Get(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return All.FirstOrDefault(d => d.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException(Suggestion.Unknown("detector", name, [.. All.Select(d => d.Name)],
                $"There are {string.Join(", ", All.Select(d => d.Name))}; a new detector can be made on any backbone."));
    }

    /// <summary>
    /// A new detector with a backbone: a feature pyramid on the backbone's last three stages (strides 8, 16 and 32 in most networks), the
    /// heads of Faster R-CNN, and the mean and standard deviation of the backbone's weights.
    /// </summary>
    /// <param name="backbone">The backbone: a name that <c>transferkit models</c> lists, or a <see cref="Backbone"/> of your own.</param>
    /// <param name="weights">The backbone's weights: a tag, a path, <c>none</c>, or null for the default weights.</param>
    /// <exception cref="ArgumentException">The backbone has fewer than three stages, or no weights of this name.</exception>
    public static FasterRcnn WithBackbone(Backbone backbone, string? weights = null)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        const int Levels = 3, Size = 256;
        Node[] stages = [.. backbone.Build(size: Size).StageEnds().Skip(1).Where(node => node.Shape.IsMap)];
        if (stages.Length < Levels)
            throw new ArgumentException(
                $"The backbone '{backbone}' has {stages.Length} stages of feature maps after its input: a detector needs at least "
                + $"{Levels}.",
                nameof(backbone));
        stages = stages[^Levels..];
        // The pyramid's last map has twice the stride of the one before.
        int[] strides = [.. stages.Select(s => Size / s.Shape.Height), 2 * Size / stages[^1].Shape.Height];
        Anchors[] anchors = [.. strides.Select(stride =>
        {
            float smallestAnchor = 4 * stride;
            return new Anchors([smallestAnchor, smallestAnchor * MathF.Sqrt(2)], AspectRatios);
        })];
        return new(NamePrefix + backbone.Name, backbone, [.. stages.Select(s => s.Name)], anchors, [])
        {
            Transform = new DetectionTransform(320, 480).WithNormalization(Pretrained.PreprocessingOf(backbone, weights)),
        };
    }

    private static FasterRcnn ResNet(string name, string file, double meanAveragePrecision, double? epsilon = null)
    {
        Anchors[] anchors = [.. new float[] { 32, 64, 128, 256, 512 }.Select(size => new Anchors([size], AspectRatios))];
        return new(name, Registry.Get("resnet50"), ["layer1", "layer2", "layer3", "layer4"], anchors,
            [DetectorWeightEntry.Coco(file, meanAveragePrecision) with { Epsilon = epsilon }]);
    }

    // The pyramid uses the last block with stride 2 and the last layer; both have an output stride of 32 pixels.
    private static FasterRcnn MobileNet(string name, string file, double meanAveragePrecision)
    {
        Anchors[] anchors = [.. Enumerable.Repeat(new Anchors([32, 64, 128, 256, 512], AspectRatios), 3)];
        return new(name, Registry.Get("mobilenet_v3_large"), ["features.13", "features.16"], anchors,
            [DetectorWeightEntry.Coco(file, meanAveragePrecision)])
        {
            // torchvision's FrozenBatchNorm2d has epsilon 1e-5, MobileNetV3 1e-3.
            Epsilon = 1e-5,
        };
    }
}
