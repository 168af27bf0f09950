using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Graphs;
using TransferKit.Images;

namespace TransferKit.Maps;

/// <summary>Computes class-activation maps (CAM, Grad-CAM and others) of images, for any network and any of its layers.</summary>
public sealed class ActivationMapper : IDisposable
{
    // Three brightnesses, each with its mirror image, as the aug_smooth of pytorch-grad-cam.
    private static readonly float[] SmoothingFactors = [0.9f, 1, 1.1f];

    private readonly Network _network;
    private readonly Preprocessing _preprocessing;
    private readonly MapOptions _options;
    private readonly MapLayer _layer;
    private readonly OnnxInference _scoring;
    private readonly OnnxInference? _activating;
    private readonly ActivationsAndGradients? _gradients;
    private readonly AttentionRollout? _rollout;
    private readonly float[][] _classWeights = [];

    /// <summary>Loads a network.</summary>
    /// <param name="network">
    /// A network from images to a score for each class: logits, or the decision values of a linear classifier
    /// (<see cref="Network.WithLinear"/>).
    /// </param>
    /// <param name="preprocessing">The preprocessing of the network.</param>
    /// <param name="options">
    /// The method and the layer; null for Grad-CAM of the last feature map, or of the last attention's tokens.
    /// </param>
    /// <exception cref="ArgumentException">
    /// There is no such layer, it is neither a feature map nor tokens, or the method does not support the network.
    /// </exception>
    /// <exception cref="DllNotFoundException">The method needs gradients, and the program does not include the native libtorch.</exception>
    public ActivationMapper(Network network, Preprocessing preprocessing, MapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(preprocessing);
        (_preprocessing, _options) = (preprocessing, options ?? new());
        _options.Validate();
        _network = network with { Graph = network.Graph.UntilOutput() };
        if (_options.Method == MapMethod.AttentionRollout)
            _rollout = new AttentionRollout(_network);
        _layer = _rollout?.Layer ?? MapLayer.Find(_network.Graph, _options);
        if (_options.Method == MapMethod.Cam)
            _classWeights = CamWeights.Of(_network, _layer);
        if (_options.NeedsGradients)
            _gradients = new ActivationsAndGradients(_network, _layer.Node.Name);
        else if (_rollout is null)
            _activating = new OnnxInference(_network.Until(_layer.Node.Name));
        _scoring = new OnnxInference(_network);
    }

    /// <summary>The layer whose feature map or tokens are used; the last attention for attention rollout.</summary>
    public string Layer => _layer.Node.Name;

    /// <summary>The shape of its feature map, channels x height x width; tokens are laid out as the picture.</summary>
    public Shape Shape => _layer.Shape;

    /// <summary>The number of classes.</summary>
    public int Classes => _network.Graph.Output.Shape.Count;

    /// <summary>Computes the map of an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="targetClass">The class, counted from 0; null for the class with the highest score.</param>
    /// <returns>A map of the size of the image.</returns>
    /// <exception cref="ArgumentException">There is no such class.</exception>
    /// <exception cref="ImageFormatException">The image cannot be read.</exception>
    public ActivationMap Map(ImageSource image, int? targetClass = null) => MapAndScore(image, targetClass).Map;

    /// <summary>Computes the map of an image, and the scores of the classes.</summary>
    /// <param name="image">The image.</param>
    /// <param name="targetClass">The class, counted from 0; null for the class with the highest score.</param>
    /// <returns>A map of the size of the image, and a score for each class.</returns>
    /// <exception cref="ArgumentException">There is no such class.</exception>
    /// <exception cref="ImageFormatException">The image cannot be read.</exception>
    public (ActivationMap Map, float[] Scores) MapAndScore(ImageSource image, int? targetClass = null)
    {
        if (targetClass < 0 || targetClass >= Classes)
            throw new ArgumentException($"Class {targetClass} is invalid: it must be from 0 to {Classes - 1}.", nameof(targetClass));
        var picture = image.Decode();
        float[] input = new float[_preprocessing.Count];
        _preprocessing.Apply(new ImageSource(picture), input);
        float[] scores = Scores(input, 1);
        int target = targetClass ?? Array.IndexOf(scores, scores.Max());
        float[] sum = new float[_layer.Shape.Height * _layer.Shape.Width];
        foreach (var (view, isMirrored) in Views(input))
        {
            float[] grid = Grid(view, target);
            // Normalized, so that each view counts the same.
            float highest = Math.Max(grid.Max(), float.Epsilon);
            if (isMirrored)
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
        _rollout?.Dispose();
        _scoring.Dispose();
        _activating?.Dispose();
    }

    // The map on the grid of the feature map.
    private float[] Grid(float[] input, int targetClass)
    {
        if (_rollout is not null)
            return _rollout.Map(input);
        int channels = _layer.Shape.Channels;
        if (_gradients is not null)
        {
            var (activationValues, gradientValues) = _gradients.Compute(input, targetClass);
            float[] activations = _layer.ToMap(activationValues), gradients = _layer.ToMap(gradientValues);
            return _options.Method switch
            {
                MapMethod.GradCam => ChannelWeights.GradCam(activations, gradients, channels),
                MapMethod.GradCamPlusPlus => ChannelWeights.GradCamPlusPlus(activations, gradients, channels),
                _ => ChannelWeights.LayerCam(activations, gradients, channels),
            };
        }
        float[] values = new float[_layer.Node.Shape.Count];
        _activating!.Run(input, 1, values);
        float[] map = _layer.ToMap(values);
        return _options.Method switch
        {
            MapMethod.Cam => ChannelWeights.WeightedSum(map, _classWeights[targetClass]),
            MapMethod.EigenCam => ChannelWeights.EigenCam(map, channels),
            MapMethod.ScoreCam => ChannelWeights.WeightedSum(map, ScoreCamWeights(input, map, targetClass)),
            _ => throw new NotSupportedException($"There is no method {_options.Method}."),
        };
    }

    private float[] ScoreCamWeights(float[] input, float[] map, int targetClass)
    {
        return ScoreCamMasks.Weights(input, _preprocessing.Crop, map, _layer.Shape, TargetScores);

        float[] TargetScores(float[] images, int count) => [.. Scores(images, count).Chunk(Classes).Select(scores => scores[targetClass])];
    }

    private float[] Scores(float[] images, int count)
    {
        float[] scores = new float[count * Classes];
        _scoring.Run(images, count, scores);
        return scores;
    }

    private IEnumerable<(float[] View, bool IsMirrored)> Views(float[] input)
    {
        if (!_options.Smooth)
        {
            yield return (input, false);
            yield break;
        }
        foreach (float factor in SmoothingFactors)
        {
            float[] view = [.. input.Select(value => value * factor)];
            yield return (view, false);
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
}
