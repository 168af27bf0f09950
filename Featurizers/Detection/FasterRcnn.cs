using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Graphs;
using TransferKit.Weights;

namespace TransferKit.Detection;

/// <summary>
/// Faster R-CNN with a feature pyramid (Ren et al. 2015, arXiv:1506.01497; Lin et al. 2016, arXiv:1612.03144). It consists of two
/// networks: the proposal network (backbone, feature pyramid and region proposal network), and the box head.
/// </summary>
/// <param name="Name">torchvision's name of the detector, or <c>fasterrcnn_</c> and the name of the backbone.</param>
/// <param name="Backbone">The backbone.</param>
/// <param name="ReturnLayers">The backbone's nodes that the feature pyramid is built on, the largest map first.</param>
/// <param name="Anchors">The anchors of each map of the feature pyramid, which has one more map than there are return layers.</param>
/// <param name="Weights">The published weights.</param>
public sealed record FasterRcnn(
    string Name, Backbone Backbone, IReadOnlyList<string> ReturnLayers, IReadOnlyList<Anchors> Anchors,
    IReadOnlyList<DetectorWeightEntry> Weights)
{
    /// <summary>The node that is the input of the box head in the whole graph.</summary>
    internal const string BoxHeadInput = "roi_heads.pixels";

    private const string BodyPrefix = "backbone.body";

    /// <summary>The backbone's nodes that the feature pyramid is built on, the largest map first.</summary>
    public IReadOnlyList<string> ReturnLayers { get; init => field = EquatableList<string>.Of(value); } =
        EquatableList<string>.Of(ReturnLayers);

    /// <summary>The anchors of each map of the feature pyramid, which has one more map than there are return layers.</summary>
    public IReadOnlyList<Anchors> Anchors { get; init => field = EquatableList<Anchors>.Of(value); } = EquatableList<Anchors>.Of(Anchors);

    /// <summary>The published weights.</summary>
    public IReadOnlyList<DetectorWeightEntry> Weights { get; init => field = EquatableList<DetectorWeightEntry>.Of(value); } =
        EquatableList<DetectorWeightEntry>.Of(Weights);

    /// <summary>The number of classes of the published weights: COCO's numbers from 1 to 90, and 0 for the background.</summary>
    public int Classes { get; init; } = 91;

    /// <summary>The number of channels of the feature pyramid.</summary>
    public int Channels { get; init; } = 256;

    /// <summary>The number of hidden convolutions of the region proposal network.</summary>
    public int ProposalDepth { get; init; } = 1;

    /// <summary>The number of convolutions in the box head; if above 0, box head and feature pyramid have batch normalization.</summary>
    public int BoxConvolutions { get; init; }

    /// <summary>The epsilon of the backbone's batch normalization; null for the backbone's own.</summary>
    public double? Epsilon { get; init; }

    /// <summary>The preprocessing.</summary>
    public DetectionTransform Transform { get; init; } = new();

    /// <summary>The selection of proposals.</summary>
    public ProposalSelection Proposals { get; init; } = new();

    /// <summary>The selection of proposals in training. More of them give the losses more negative samples to choose from.</summary>
    internal ProposalSelection TrainingProposals => Proposals with { PreNmsTopN = 2000, PostNmsTopN = 2000 };

    /// <summary>The selection of detections.</summary>
    public DetectionSelection Detections { get; init; } = new();

    /// <summary>The pooling of proposals from the feature pyramid.</summary>
    internal static RoiAlign Pooling { get; } = new();

    /// <summary>
    /// Builds the proposal network. Its output is one vector: the maps 0, 1 and so on of the feature pyramid, then objectness.0 and so on
    /// for each map and for the additional one called pool, then deltas.0 and so on.
    /// </summary>
    /// <param name="height">The height of the input in pixels, with padding.</param>
    /// <param name="width">The width of the input in pixels, with padding.</param>
    public Graph ProposalNetwork(int height, int width)
    {
        var backbone = Graph.Build(g => Backbone.Body(g.Input(3, height, width), Backbone.Classes));
        var body = backbone.Until(ReturnLayers[^1]).Rewrite((node, inputs) =>
            node.Inputs.Count == 0 ? node : new Node(BodyKey(node.Name), WithEpsilon(node.Operator), inputs));
        return body.With(last =>
        {
            Value[] stages = [.. ReturnLayers.Select(s => new Value(last.Graph, body.Find(BodyKey(backbone.Find(s).Name))))];
            var maps = FeaturePyramid.Build(stages, Channels, normalized: BoxConvolutions > 0);
            var heads = maps.Select((map, level) =>
                DetectionHeads.RegionProposals(map, level, ProposalDepth, Anchors[level].PerLocation)).ToArray();
            Value[] outputs = [.. maps.SkipLast(1), .. heads.Select(h => h.Objectness), .. heads.Select(h => h.Deltas)];
            return outputs[0].Flatten().Concat([.. outputs.Skip(1).Select(v => v.Flatten())]);
        });
    }

    /// <summary>Builds the box head: from channels x 7 x 7 features of a proposal to a logit, then four deltas for each class.</summary>
    /// <param name="classes">The number of classes, including the background.</param>
    public Graph BoxHead(int classes) =>
        Graph.Build(g => DetectionHeads.Box(g.Input(Channels, Pooling.Size, Pooling.Size), classes, BoxConvolutions));

    /// <summary>Builds both networks in one graph, for training; they are not connected: the second begins at its own input.</summary>
    /// <param name="height">The height of the input in pixels, with padding.</param>
    /// <param name="width">The width of the input in pixels, with padding.</param>
    /// <param name="classes">The number of classes, including the background.</param>
    internal Graph Build(int height, int width, int classes)
    {
        var proposals = ProposalNetwork(height, width);
        var boxes = BoxHead(classes).Rewrite((node, inputs) =>
            node.Inputs.Count == 0 ? new Node(BoxHeadInput, node.Operator, []) : node.With(inputs));
        return new Graph([.. proposals.Nodes, .. boxes.Nodes], proposals.Output, proposals.Aliases.Concat(boxes.Aliases).ToDictionary());
    }

    /// <summary>The steps that are not part of the networks: preprocessing, proposals, RoIAlign and the selection of detections.</summary>
    /// <param name="height">The height of the input in pixels, with padding.</param>
    /// <param name="width">The width of the input in pixels, with padding.</param>
    public DetectionSteps Steps(int height, int width)
    {
        var graph = ProposalNetwork(height, width);
        PyramidLevel[] levels = [.. Anchors.Select((anchors, i) =>
        {
            var map = graph.Find($"objectness.{i}").Shape;
            return new PyramidLevel(map.Height, map.Width, anchors);
        })];
        return new(Transform, height, width, levels) { Channels = Channels, Proposals = Proposals, Detections = Detections };
    }

    /// <summary>The parameters and buffers of both networks with their keys, in order.</summary>
    /// <param name="classes">The number of classes, including the background.</param>
    public IEnumerable<(string Key, ParameterSpec Parameter)> State(int classes) => Build(256, 256, classes).State;

    /// <summary>The weights of a backbone under the keys that they have in the detector.</summary>
    internal static IEnumerable<KeyValuePair<string, TensorData>> WithBodyKeys(StateDict weights) =>
        weights.Select(w => KeyValuePair.Create(BodyKey(w.Key), w.Value));

    // torchvision's body is the backbone's module "features" alone, if it has one.
    private static string BodyKey(string key) =>
        $"{BodyPrefix}.{(key.StartsWith("features.", StringComparison.Ordinal) ? key["features.".Length..] : key)}";

    private Operator WithEpsilon(Operator op) => op is BatchNorm norm && Epsilon is { } epsilon ? norm with { Epsilon = epsilon } : op;
}
