using TransferKit.Images;

namespace TransferKit.Engines.Onnx;

/// <summary>How an exported model is called.</summary>
public sealed record OnnxOptions
{
    /// <summary>The name of the input, batch x channels x height x width.</summary>
    public string Input { get; init; } = "images";

    /// <summary>The name of the output, batch x what the network gives.</summary>
    public string Output { get; init; } = "output";

    /// <summary>Where given, the model takes levels from 0 to 255 and normalizes them itself.</summary>
    public Preprocessing? Normalize { get; init; }

    /// <summary>Whether the model takes images of any height and width, and not only of its graph's.</summary>
    public bool AnySize { get; init; }

    /// <summary>Where given, the model takes batches of so many images only, and gives one plain vector for all.</summary>
    public int? Count { get; init; }
}
