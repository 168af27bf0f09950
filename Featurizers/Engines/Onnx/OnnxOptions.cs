using TransferKit.Images;

namespace TransferKit.Engines.Onnx;

/// <summary>The inputs and outputs of an exported ONNX model.</summary>
public sealed record OnnxOptions
{
    /// <summary>The name of the input, batch x channels x height x width. Default: <c>images</c>.</summary>
    public string InputName { get; init; } = "images";

    /// <summary>
    /// The name of the output: batch x the dimensions of the network's output, or one vector if <see cref="BatchSize"/> is set. Default:
    /// <c>output</c>.
    /// </summary>
    public string OutputName { get; init; } = "output";

    /// <summary>
    /// The preprocessing whose mean and standard deviation become part of the model, so that it takes RGB levels from 0 to 255; its resize
    /// and crop are described in the metadata. Default: null; the model takes normalized images, and the metadata do not describe them.
    /// </summary>
    public Preprocessing? Normalization { get; init; }

    /// <summary>The label of each output, for the metadata entry <c>id2label</c>. Default: null, no labels.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>Whether the model takes images of any height and width, instead of the size of its graph. Default: false.</summary>
    public bool DynamicSize { get; init; }

    /// <summary>
    /// The only batch size the model takes; it then returns the outputs of the batch as one vector, as ML.NET needs it. Default: null, any
    /// batch size.
    /// </summary>
    public int? BatchSize { get; init; }

    /// <summary>Nodes whose values are further outputs, in this order; for calibration.</summary>
    internal IReadOnlyList<Graphs.Node> Values { get; init; } = [];
}
