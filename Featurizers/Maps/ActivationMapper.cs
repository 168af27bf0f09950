using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Graphs;
using TransferKit.Images;

namespace TransferKit.Maps;

/// <summary>Shows where in an image a network sees a class: class-activation maps of any network and any of its nodes.</summary>
public sealed class ActivationMapper : IDisposable
{
    private readonly Network _network;
    private readonly Preprocessing _preprocessing;
    private readonly MapOptions _options;
    private readonly Node _layer;
    private readonly OnnxInference _scores, _activations;
    private readonly Gradients? _gradients;
    private readonly float[][] _classWeights = [];

    /// <summary>Loads the network.</summary>
    /// <param name="network">From images to one score for each class: logits, or a linear classifier's decision values (<see cref="Network.WithLinear"/>).</param>
    /// <param name="preprocessing">What images go through first.</param>
    /// <param name="options">The method and the node.</param>
    /// <exception cref="ArgumentException">There is no such node, its value is no map, or the method does not go with the network.</exception>
    /// <exception cref="DllNotFoundException">The method needs gradients, and the program carries no native libtorch.</exception>
    public ActivationMapper(Network network, Preprocessing preprocessing, MapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(preprocessing);
        (_network, _preprocessing, _options) = (network with { Graph = network.Graph.UntilOutput() }, preprocessing, options ?? new());
        _layer = _options.Layer is { } name ? _network.Graph.Find(name) : LastMap(_network.Graph);
        if (_layer.Shape.IsVector)
            throw new ArgumentException($"The value of '{_layer.Name}' is a vector of {_layer.Shape}, which has no places; choose a node before '{LastMap(_network.Graph).Name}' or that one.");
        if (_options.Method == MapMethod.Cam)
            _classWeights = ClassWeights();
        _gradients = _options.Method is MapMethod.GradCam or MapMethod.GradCamPlusPlus or MapMethod.LayerCam ? new Gradients(_network, _layer.Name) : null;
        _scores = new OnnxInference(_network);
        _activations = new OnnxInference(_network.Until(_layer.Name));
    }

    /// <summary>The node that is looked at.</summary>
    public string Layer => _layer.Name;

    /// <summary>The shape of its value.</summary>
    public Shape Shape => _layer.Shape;

    /// <summary>The number of classes.</summary>
    public int Classes => _network.Graph.Output.Shape.Count;

    /// <summary>The map of an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="label">The class, counted from 0; null for the one with the highest score.</param>
    /// <exception cref="ArgumentException">There is no such class.</exception>
    /// <exception cref="ImageFormatException">It is no readable image.</exception>
    public ActivationMap Map(ImageSource image, int? label = null) => MapAndScore(image, label).Map;

    /// <summary>The map of an image, and its score for each class.</summary>
    /// <inheritdoc cref="Map"/>
    public (ActivationMap Map, float[] Scores) MapAndScore(ImageSource image, int? label = null)
    {
        if (label is { } asked && (asked < 0 || asked >= Classes))
            throw new ArgumentException($"There is no class {asked}; 0 to {Classes - 1} are known.", nameof(label));
        var picture = image.Decode();
        float[] input = new float[_preprocessing.Count];
        _preprocessing.Apply(new ImageSource(picture), input);
        float[] scores = Scores(input, 1);
        int shown = label ?? Array.IndexOf(scores, scores.Max());
        float[] sum = new float[_layer.Shape.Height * _layer.Shape.Width];
        foreach (var (view, mirrored) in Views(input))
        {
            float[] grid = Grid(view, shown);
            // Each view counts the same, however bright.
            float highest = Math.Max(grid.Max(), float.Epsilon);
            if (mirrored)
                Mirror(grid, _layer.Shape.Width);
            for (int i = 0; i < sum.Length; i++)
                sum[i] += grid[i] / highest;
        }
        return (MapGeometry.Spread(sum, _layer.Shape.Height, picture.Width, picture.Height, _preprocessing), scores);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _gradients?.Dispose();
        _scores.Dispose();
        _activations.Dispose();
    }

    private float[] Grid(float[] input, int label)
    {
        if (_gradients is not null)
        {
            var (activations, gradients) = _gradients.Of(input, label);
            return _options.Method switch
            {
                MapMethod.GradCam => ChannelWeights.GradCam(activations, gradients, _layer.Shape.Channels),
                MapMethod.GradCamPlusPlus => ChannelWeights.GradCamPlusPlus(activations, gradients, _layer.Shape.Channels),
                _ => ChannelWeights.LayerCam(activations, gradients, _layer.Shape.Channels),
            };
        }
        float[] map = new float[_layer.Shape.Count];
        _activations.Run(input, 1, map);
        return _options.Method switch
        {
            MapMethod.Cam => ChannelWeights.WeightedSum(map, _classWeights[label]),
            MapMethod.EigenCam => ChannelWeights.EigenCam(map, _layer.Shape.Channels),
            MapMethod.ScoreCam => ChannelWeights.WeightedSum(map, ScoreCamMasks.Shares(input, _preprocessing.Crop, map, _layer.Shape, (images, count) => [.. Scores(images, count).Chunk(Classes).Select(scores => scores[label])])),
            _ => throw new NotSupportedException($"There is no method {_options.Method}."),
        };
    }

    private float[] Scores(float[] images, int count)
    {
        float[] scores = new float[count * Classes];
        _scores.Run(images, count, scores);
        return scores;
    }

    private IEnumerable<(float[] View, bool Mirrored)> Views(float[] input)
    {
        foreach (float light in _options.Smooth ? [0.9f, 1, 1.1f] : new float[] { 1 })
        {
            float[] view = [.. input.Select(v => v * light)];
            yield return (view, false);
            if (!_options.Smooth)
                continue;
            float[] mirrored = [.. view];
            Mirror(mirrored, _preprocessing.Crop);
            yield return (mirrored, true);
        }
    }

    private static void Mirror(float[] rows, int width)
    {
        for (int start = 0; start < rows.Length; start += width)
            rows.AsSpan(start, width).Reverse();
    }

    // The last map that everything goes through; a pooled one has fewer places than the one before it.
    private static Node LastMap(Graph graph) =>
        graph.CutPoints().Last(n => n.Shape is { IsVector: false, Height: > 1 } && n.Operator is not (MaxPool or AveragePool or AdaptiveAveragePool or Dropout));

    // From the scores back: a linear layer, possibly on a vector of length 1, on the mean of each channel.
    private float[][] ClassWeights()
    {
        var node = _network.Graph.Output;
        if (node.Operator is not Linear)
            throw NoCam();
        var last = node;
        do
            node = node.Inputs[0];
        while (node.Operator is Flatten or Dropout or UnitLength);
        if (node.Operator is not (GlobalAverage or AdaptiveAveragePool { Size: 1 }) || node.Inputs[0] != _layer)
            throw NoCam();
        float[] weights = _network.Weights[$"{last.Name}.weight"].Floats().ToArray();
        return [.. weights.Chunk(weights.Length / Classes)];

        ArgumentException NoCam() => new($"CAM needs a network that ends with a global average of '{_layer.Name}' and one linear layer; this one does not. Grad-CAM gives the same where CAM can be computed, and works everywhere.");
    }
}
