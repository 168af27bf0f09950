using TransferKit.Graphs;
using TransferKit.Weights;

namespace TransferKit.Engines.Onnx.Import;

/// <summary>An ONNX model as an architecture: it can be built for images of another size and for another number of classes.</summary>
internal sealed class OnnxArchitecture
{
    private readonly OnnxFile _file;
    private readonly OnnxInput _input;
    private readonly string? _classifier;

    /// <summary>Reads the architecture.</summary>
    /// <exception cref="InvalidDataException">The model takes no images.</exception>
    public OnnxArchitecture(OnnxFile file)
    {
        (_file, _input) = (file, OnnxInput.Of(file));
        var output = Import().Graph.Output;
        _classifier = Classifier(output)?.Name;
        Classes = Classifier(output)?.Shape.Count ?? DefaultClasses;
    }

    private const int DefaultClasses = 1000;

    /// <summary>Width and height of the images in pixels.</summary>
    public int InputSize => _input.Shape.Width;

    /// <summary>Whether the last layer with weights is linear.</summary>
    public bool HasClassifier => _classifier is not null;

    /// <summary>The number of outputs of the classifier, or 1000 where there is none.</summary>
    public int Classes { get; }

    /// <summary>Builds the graph from the images and the number of classes to the logits.</summary>
    public Value Build(Value images, int classes)
    {
        if (_classifier is null)
            return AsVector(new OnnxImport(_file, images).Output).As("features").Linear("classifier", classes);
        var output = new OnnxImport(_file, images, (_classifier, classes)).Output;
        new Value(images.Graph, output.Node.Inputs[0]).As("features");
        return output;
    }

    /// <summary>Returns the weights by the keys of the graph.</summary>
    public StateDict ReadWeights() => ReadNetwork().Weights;

    /// <summary>Returns the network as the model describes it, with the output of the model.</summary>
    public Network ReadNetwork()
    {
        var (graph, import) = Import();
        return new Network(graph, import.Weights());
    }

    private (Graph Graph, OnnxImport Import) Import()
    {
        OnnxImport? import = null;
        var graph = Graph.Build(builder =>
        {
            import = new OnnxImport(_file, builder.Input(_input.Shape.Channels, InputSize, InputSize));
            return import.Output;
        });
        return (graph, import!);
    }

    private static Value AsVector(Value value) => value.Shape.IsVector ? value : value.Flatten("features.flatten");

    // The linear layer that computes the output.
    private static Node? Classifier(Node output) => output.Operator is Linear ? output : null;
}
