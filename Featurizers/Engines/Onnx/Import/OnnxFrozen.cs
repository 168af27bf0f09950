using System.Collections.Concurrent;
using Google.Protobuf;
using TransferKit.Graphs;
using TransferKit.Weights;

namespace TransferKit.Engines.Onnx.Import;

/// <summary>
/// An ONNX model that cannot be described by the operators of a graph, as an architecture of its values: each is a node that ONNX Runtime
/// computes.
/// </summary>
internal sealed class OnnxFrozen
{
    private const string Layer = "onnx";

    private readonly byte[] _model;
    private readonly OnnxFile _file;
    private readonly OnnxInput _input;
    private readonly string _reason;
    private readonly ConcurrentDictionary<int, IReadOnlyList<(string Name, Shape Shape)>> _shapes = [];

    /// <summary>Runs the model once to learn the shapes of its values.</summary>
    /// <param name="file">The model.</param>
    /// <param name="reason">What in it cannot be described.</param>
    /// <exception cref="InvalidDataException">ONNX Runtime cannot run it, or it takes a fixed number of images above 1.</exception>
    public OnnxFrozen(OnnxFile file, string reason)
    {
        (_file, _input, _reason) = (file, OnnxInput.Of(file), reason);
        if (_input.Batch > 1)
        {
            throw new InvalidDataException($"'{file.Name}' takes batches of exactly {_input.Batch} images: " +
                "it must take any number, or 1. Export it again with a dynamic size of the batch.");
        }
        _model = file.WithoutExternalData().ToByteArray();
        _ = Shapes(InputSize);
    }

    /// <summary>Width and height of the images in pixels.</summary>
    public int InputSize => _input.Shape.Width;

    /// <summary>Builds a graph with a node for each value of the model, and a classifier on its features.</summary>
    public Value Build(Value images, int classes)
    {
        if (images.Channels != _input.Shape.Channels)
        {
            throw new ArgumentException(
                $"Images of {images.Channels} channels do not fit '{_file.Name}', which takes {_input.Shape.Channels}.");
        }
        var values = Shapes(images.Shape.Width).ToDictionary(entry => entry.Name, entry =>
        {
            var model = new OnnxModel(entry.Name, entry.Shape, _model.Length, _input.Batch, _reason);
            return images.Add($"{Layer}@{entry.Name}", model).As(entry.Name);
        });
        var features = values[FeaturesAmong(values)];
        return (features.Shape.IsVector ? features : features.Flatten("flatten")).As("features").Linear("classifier", classes);
    }

    /// <summary>Returns the model as the only weight.</summary>
    public StateDict ReadWeights() => new() { [$"{Layer}.model"] = new TensorData(ElementType.UInt8, [_model.Length], _model) };

    // The input of the last linear layer, or the output.
    private string FeaturesAmong(Dictionary<string, Value> values)
    {
        string? linear = _file.Model.Graph.Node.LastOrDefault(node => node.OpType is "Gemm" or "MatMul")?.Input[0];
        string output = _file.Model.Graph.Output[0].Name;
        if (linear is not null && values.TryGetValue(linear, out var input) && input.Shape.IsVector)
            return linear;
        return values.ContainsKey(output) ? output
            : throw new InvalidDataException(
                $"The output '{output}' of '{_file.Name}' is not batch x values or batch x channels x height x width.");
    }

    private IReadOnlyList<(string Name, Shape Shape)> Shapes(int size) =>
        _shapes.GetOrAdd(size, pixels => OnnxProbe.Shapes(_file.Name, _model, _input, pixels));
}
