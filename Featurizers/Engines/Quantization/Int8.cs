using TransferKit.Backbones;
using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Engines.Quantization;

/// <summary>
/// Quantization after training: activations become unsigned 8-bit integers whose ranges are measured on calibration images, weights become
/// signed ones with a scale for each output channel (Krishnamoorthi 2018, arXiv:1806.08342).
/// </summary>
public static class Int8
{
    private const int LargestWeight = 127, Levels = 255;

    /// <summary>
    /// Returns the network with 8-bit convolutions and linear layers. Depthwise and grouped convolutions and the projections of attention
    /// stay in single precision.
    /// </summary>
    /// <param name="network">The network; it is not changed.</param>
    /// <param name="batches">Calibration images, batch by batch, each channels x height x width values as the network takes them.</param>
    /// <param name="method">How ranges are chosen.</param>
    /// <exception cref="ArgumentException">There are no calibration images, or no layer can be quantized.</exception>
    /// <exception cref="InvalidDataException">A layer gives values that are no numbers.</exception>
    public static Network Quantize(this Network network, IEnumerable<float[]> batches,
        CalibrationMethod method = CalibrationMethod.MeanSquaredError)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(batches);
        var folded = network.ForInference();
        var layers = folded.Graph.Nodes.Where(IsQuantizable).ToHashSet();
        if (layers.Count == 0)
            throw new ArgumentException("The network has no layer that can be quantized.");
        var rounded = RoundedValues(folded.Graph, layers);
        var ranges = Calibration.Ranges(folded, [.. rounded.Where(node => node.Operator is not MaxPool)], batches, method);
        var parameters = new Dictionary<Node, FakeQuantize>();
        var weights = folded.Weights.Renamed(key => key);
        foreach (var layer in layers)
            weights[$"{layer.Layer}.weight"] = RoundWeights(weights[$"{layer.Layer}.weight"]);
        var graph = folded.Graph.Rewrite((node, inputs) =>
        {
            var copy = node.With(inputs);
            if (!rounded.Contains(node))
                return copy;
            // A maximum of rounded values needs no other levels.
            parameters[node] = node.Operator is MaxPool ? parameters[node.Inputs[0]] : Parameters(ranges[node]);
            return new Node($"{node.Name}.quantized", parameters[node], [copy]);
        });
        return new Network(graph, weights);
    }

    /// <summary>Returns the network with 8-bit convolutions and linear layers, calibrated on some of the images.</summary>
    /// <param name="network">The network; it is not changed.</param>
    /// <param name="preprocessing">The preprocessing of images.</param>
    /// <param name="images">The images, which are read once.</param>
    /// <param name="options">The number of calibration images, the batch size, the threads, and how ranges are chosen.</param>
    /// <exception cref="ImageFormatException">An image is not readable.</exception>
    /// <inheritdoc cref="Quantize(Network, IEnumerable{float[]}, CalibrationMethod)" path="/exception"/>
    public static Network Quantize(
        this Network network, Preprocessing preprocessing, IEnumerable<ImageSource> images, FeaturizerOptions options)
    {
        ArgumentNullException.ThrowIfNull(preprocessing);
        ArgumentNullException.ThrowIfNull(options);
        var sample = EvenSample.Of(images, options.CalibrationImages);
        var batches = Prefetch.Select(sample.Chunk(options.BatchSize), batch =>
        {
            float[] pixels = new float[batch.Length * preprocessing.Count];
            preprocessing.Apply(batch, pixels);
            return pixels;
        }, options.Threads ?? Environment.ProcessorCount);
        return network.Quantize(batches, options.CalibrationMethod);
    }

    /// <summary>Checks that 8-bit integers are faster on this processor and for a network.</summary>
    /// <exception cref="ArgumentException">They are not; the message says why.</exception>
    public static void Validate(Backbone backbone)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        if (!Int8Support.IsAvailable)
            throw new ArgumentException("This processor has no instructions for 8-bit integers (VNNI on x64, dot products on Arm), so the "
                + "precision Int8 would be slower than Fp32. Use Fp32.");
        if (!backbone.GainsByInt8)
            throw new ArgumentException($"The precision Int8 does not suit {backbone.Name}: by measurement its family is slower, or hardly "
                + "faster and less accurate. Use Fp32, or another network such as resnet50.");
    }

    /// <summary>Whether a layer computes with 8-bit integers: it reads rounded values.</summary>
    internal static bool IsQuantized(Node node) => IsQuantizable(node) && node.Inputs[0].Operator is FakeQuantize;

    /// <summary>Returns the integers of a weight, and their scale for each output channel.</summary>
    internal static (sbyte[] Integers, float[] Scales) IntegersOf(TensorData weight)
    {
        var values = weight.Floats();
        int channels = weight.Dimensions[0], count = values.Length / channels;
        sbyte[] integers = new sbyte[values.Length];
        float[] scales = new float[channels];
        for (int c = 0; c < channels; c++)
        {
            float largest = 0;
            foreach (float value in values.Slice(c * count, count))
                largest = Math.Max(largest, Math.Abs(value));
            scales[c] = largest > 0 ? largest / LargestWeight : 1;
            for (int i = c * count; i < (c + 1) * count; i++)
                integers[i] = (sbyte)MathF.Round(values[i] / scales[c]);
        }
        return (integers, scales);
    }

    // A layer that is applied several times, whose nodes have other names than it has, would need a bias for each scale of its inputs.
    private static bool IsQuantizable(Node node) => node.Name == node.Layer && (node.Operator is Conv { Groups: 1 } or Linear);

    private static TensorData RoundWeights(TensorData weight)
    {
        var (integers, scales) = IntegersOf(weight);
        int count = integers.Length / scales.Length;
        float[] values = [.. integers.Select((integer, i) => integer * scales[i / count])];
        return TensorData.From(values, weight.Dimensions);
    }

    private static FakeQuantize Parameters((double Min, double Max) range)
    {
        double scale = (range.Max - range.Min) / Levels;
        return new((float)scale, (int)Math.Clamp(Math.Round(-range.Min / scale), 0, Levels));
    }

    // ONNX Runtime computes with integers from one rounded value to the next: what a layer reads and gives, after the activation that alone
    // reads it, and sums and maxima of rounded values.
    private static HashSet<Node> RoundedValues(Graph graph, HashSet<Node> layers)
    {
        var readers = graph.Nodes.SelectMany(node => node.Inputs.Select(input => (Input: input, Reader: node)))
            .ToLookup(pair => pair.Input, pair => pair.Reader);
        var rounded = new HashSet<Node>();
        foreach (var node in graph.Nodes)
        {
            if (layers.Contains(node))
            {
                rounded.Add(node.Inputs[0]);
                // Linear layers of tokens give single precision, which their readers need.
                if (node != graph.Output && node.Shape.Tokens == 0)
                    rounded.Add(WithActivation(node));
            }
            else if (node != graph.Output && node.Operator is Add or Concat or MaxPool && node.Inputs.All(rounded.Contains))
            {
                rounded.Add(WithActivation(node));
            }
        }
        rounded.Remove(graph.Output);
        return rounded;

        Node WithActivation(Node node) =>
            node.Operator is not MaxPool && readers[node].ToList() is [{ Operator: Relu or Relu6 } activation] ? activation : node;
    }
}
