using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Graphs;
using TransferKit.Weights;

namespace TransferKit.Detection;

/// <summary>
/// A detector of two networks: one proposes boxes in which something may be (a backbone, a feature pyramid and the proposal head), the other
/// says of each proposal what it is and where exactly (Ren et al. 2015, arXiv:1506.01497; Lin et al. 2016, arXiv:1612.03144).
/// </summary>
/// <param name="Name">torchvision's name, or that of the backbone it is over.</param>
/// <param name="Backbone">The backbone.</param>
/// <param name="Stages">The backbone's nodes that the pyramid is built on, the largest map first.</param>
/// <param name="Anchors">The anchors of each map of the pyramid, which has one more than there are stages.</param>
/// <param name="Weights">The published weights.</param>
public sealed record FasterRcnn(string Name, Backbone Backbone, IReadOnlyList<string> Stages, IReadOnlyList<Anchors> Anchors, IReadOnlyList<DetectorWeightEntry> Weights)
{
    /// <summary>The node that takes the pixels of proposals.</summary>
    internal const string Pixels = "roi_heads.pixels";

    private const string Body = "backbone.body";

    /// <summary>Classes of the published weights: COCO's numbers to 90, of which 80 are used, and 0 for nothing.</summary>
    public int Classes { get; init; } = 91;

    /// <summary>Channels of the pyramid's maps.</summary>
    public int Channels { get; init; } = 256;

    /// <summary>Convolutions of the proposal head before its last.</summary>
    public int ProposalDepth { get; init; } = 1;

    /// <summary>Normalized convolutions of the box head, whose detectors also normalize the pyramid; 0 for two fully connected layers.</summary>
    public int BoxConvolutions { get; init; }

    /// <summary>The epsilon of the backbone's normalizations where it differs from the backbone's own.</summary>
    public double? Epsilon { get; init; }

    /// <summary>How images are resized.</summary>
    public DetectionTransform Transform { get; init; } = new();

    /// <summary>Which anchors become proposals.</summary>
    public ProposalSelection Proposals { get; init; } = new();

    /// <summary>Those of training, which are more: most of what is learned is what is nothing.</summary>
    internal ProposalSelection TrainingProposals => Proposals with { Before = 2000, After = 2000 };

    /// <summary>Which classified proposals become detections.</summary>
    public DetectionSelection Detections { get; init; } = new();

    /// <summary>How proposals are cut out of the pyramid.</summary>
    public static RoiAlign Pooling { get; } = new();

    /// <summary>
    /// The network from an image to everything the second one needs: the maps called 0, 1 and so on, then for each map, and for the one
    /// called pool, objectness.0 and so on, then deltas.0 and so on, all in one vector.
    /// </summary>
    /// <param name="height">The image's height in pixels, with its padding.</param>
    /// <param name="width">The image's width in pixels, with its padding.</param>
    public Graph Proposing(int height, int width)
    {
        var whole = Graph.Build(g => Backbone.Body(g.Input(3, height, width), Backbone.Classes));
        var body = whole.Until(Stages[^1]).Rewrite((node, inputs) => node.Inputs.Count == 0 ? node : new Node(Called(node.Name), Normalization(node.Operator), inputs));
        return body.With(last =>
        {
            var maps = FeaturePyramid.Build([.. Stages.Select(s => new Value(last.Graph, body.Find(Called(whole.Find(s).Name))))], Channels, normalized: BoxConvolutions > 0);
            var heads = maps.Select((map, level) => DetectionHeads.Proposals(map, level, ProposalDepth, Anchors[level].Count)).ToArray();
            Value[] all = [.. maps.SkipLast(1), .. heads.Select(h => h.Objectness), .. heads.Select(h => h.Deltas)];
            return all[0].Flatten().Concat([.. all.Skip(1).Select(v => v.Flatten())]);
        });
    }

    /// <summary>The network from the 7 x 7 pixels of a proposal to a logit for each class, and four deltas for each class, in one vector.</summary>
    public Graph Classifying(int classes) => Graph.Build(g => DetectionHeads.Boxes(g.Input(Channels, Pooling.Size, Pooling.Size), classes, BoxConvolutions));

    /// <summary>Both networks in one graph, to be trained: the second begins at the node <see cref="Pixels"/>, which nothing of the first leads to.</summary>
    internal Graph Whole(int height, int width, int classes)
    {
        var (first, second) = (Proposing(height, width), Classifying(classes).Rewrite((node, inputs) => node.Inputs.Count == 0 ? new Node(Pixels, node.Operator, []) : node.With(inputs)));
        return new Graph([.. first.Nodes, .. second.Nodes], first.Output, first.Aliases.Concat(second.Aliases).ToDictionary());
    }

    /// <summary>The backbone's weights under the keys they have here.</summary>
    internal static IEnumerable<KeyValuePair<string, TensorData>> BodyOf(StateDict weights) => weights.Select(w => KeyValuePair.Create(Called(w.Key), w.Value));

    /// <summary>Every parameter and buffer of both networks with its key, in order.</summary>
    public IEnumerable<(string Key, ParameterSpec Parameter)> State(int classes) => Whole(256, 256, classes).State;

    // torchvision's bodies are the features module alone, where a backbone has one.
    private static string Called(string node) => $"{Body}.{(node.StartsWith("features.", StringComparison.Ordinal) ? node["features.".Length..] : node)}";

    private Operator Normalization(Operator op) => op is BatchNorm norm && Epsilon is { } epsilon ? norm with { Epsilon = epsilon } : op;
}
