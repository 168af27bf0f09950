using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Graphs;

namespace TransferKit.Detection;

/// <summary>Every detector there is, by name.</summary>
public static class Detectors
{
    private const string Prefix = "fasterrcnn_";
    private static readonly float[] Ratios = [0.5f, 1, 2];

    /// <summary>torchvision's, with weights trained on COCO.</summary>
    public static IReadOnlyList<FasterRcnn> All { get; } =
    [
        ResNet("fasterrcnn_resnet50_fpn", "fasterrcnn_resnet50_fpn_coco-258fb6c6.pth", 37.0, epsilon: 0),
        ResNet("fasterrcnn_resnet50_fpn_v2", "fasterrcnn_resnet50_fpn_v2_coco-dd69338a.pth", 46.7) with { ProposalDepth = 2, BoxConvolutions = 4 },
        MobileNet("fasterrcnn_mobilenet_v3_large_fpn", "fasterrcnn_mobilenet_v3_large_fpn-fb6a3cc7.pth", 32.8) with { Proposals = new(Score: 0.05f) },
        MobileNet("fasterrcnn_mobilenet_v3_large_320_fpn", "fasterrcnn_mobilenet_v3_large_320_fpn-907ea3f9.pth", 22.8) with
        {
            Proposals = new(150, 150, 0.05f), Transform = new(320, 640),
        },
    ];

    /// <summary>The detector of this name.</summary>
    /// <exception cref="ArgumentException">There is none; the message suggests the nearest.</exception>
    public static FasterRcnn Get(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return All.FirstOrDefault(d => d.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException(Suggestion.Unknown("detector", name, [.. All.Select(d => d.Name)], "Any backbone can be given a detector's heads as well."));
    }

    /// <summary>The detector of this name, be it one of torchvision's or a new one over a backbone.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    internal static FasterRcnn Find(string name) => All.FirstOrDefault(d => d.Name == name) ?? WithBackbone(name[Prefix.Length..]);

    /// <summary>The same heads over a backbone: a pyramid on its last three stages, of strides 8, 16 and 32 in most.</summary>
    /// <param name="backbone">The architecture's name, as <c>transferkit models</c> lists it.</param>
    /// <exception cref="ArgumentException">There is no such backbone, or it has no three stages.</exception>
    public static FasterRcnn WithBackbone(Backbone backbone)
    {
        const int Levels = 3, Size = 256;
        var body = backbone;
        Node[] ends = [.. body.Build(size: Size).StageEnds().Skip(1)];
        if (ends.Length < Levels)
            throw new ArgumentException($"{backbone} has {ends.Length} stages; a detector needs {Levels}.");
        ends = ends[^Levels..];
        // The pyramid's last map has twice the stride of the one before.
        int[] strides = [.. ends.Select(e => Size / e.Shape.Height), 2 * Size / ends[^1].Shape.Height];
        return new(Prefix + body.Name, body, [.. ends.Select(e => e.Name)], [.. strides.Select(s => new Anchors([4 * s, 4 * s * MathF.Sqrt(2)], Ratios))], []) { Transform = new(320, 480) };
    }

    private static FasterRcnn ResNet(string name, string file, double map, double? epsilon = null) => new(name, Registry.Get("resnet50"), ["layer1", "layer2", "layer3", "layer4"],
        [.. new float[] { 32, 64, 128, 256, 512 }.Select(size => new Anchors([size], Ratios))], [DetectorWeightEntry.Coco(file, map) with { Epsilon = epsilon }]);

    // Both maps have a stride of 32 pixels: the last block that halves its map, and the last layer.
    private static FasterRcnn MobileNet(string name, string file, double map) => new(name, Registry.Get("mobilenet_v3_large"), ["features.13", "features.16"],
        [.. Enumerable.Repeat(new Anchors([32, 64, 128, 256, 512], Ratios), 3)], [DetectorWeightEntry.Coco(file, map)])
    { Epsilon = 1e-5 };
}
