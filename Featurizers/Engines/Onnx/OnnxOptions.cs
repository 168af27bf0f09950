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
    /// The preprocessing whose mean and standard deviation are part of the model, so that it takes RGB values from 0 to 255. Default: null;
    /// the model takes normalized images.
    /// </summary>
    public Preprocessing? Normalization { get; init; }

    /// <summary>Whether the model takes images of any height and width, instead of the size of its graph. Default: false.</summary>
    public bool DynamicSize { get; init; }

    /// <summary>
    /// The only batch size the model takes; it then returns the outputs of the batch as one vector, as ML.NET needs it. Default: null, any
    /// batch size.
    /// </summary>
    public int? BatchSize { get; init; }
}
