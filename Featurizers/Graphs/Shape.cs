using System.Text.Json.Serialization;

namespace TransferKit.Graphs;

/// <summary>
/// The shape of a value for one image, without the batch dimension: a feature map of channels x height x width, a vector of channels, or
/// tokens of channels each, as transformers have them.
/// </summary>
/// <param name="Channels">The number of channels, of elements of a vector, or of elements of a token (its width).</param>
/// <param name="Height">The height in pixels; 0 for a vector and for tokens.</param>
/// <param name="Width">The width in pixels; 0 for a vector and for tokens.</param>
public readonly record struct Shape(int Channels, int Height = 0, int Width = 0)
{
    /// <summary>The number of tokens; 0 for a feature map and for a vector.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Tokens { get; init; }

    /// <summary>Whether the value is a vector, without height and width.</summary>
    public bool IsVector => Height == 0 && Tokens == 0;

    /// <summary>Whether the value is a feature map.</summary>
    public bool IsMap => Height > 0;

    /// <summary>The number of elements.</summary>
    /// <exception cref="OverflowException">There are more than an array can hold; no node of a graph has such a shape.</exception>
    public int Count => IsVector ? Channels : IsMap ? checked(Channels * Height * Width) : checked(Tokens * Channels);

    /// <summary>
    /// The dimensions of a tensor of this shape without the batch: channels; channels, height and width; or tokens and channels.
    /// </summary>
    public long[] Dimensions => IsVector ? [Channels] : IsMap ? [Channels, Height, Width] : [Tokens, Channels];

    /// <summary>Returns the dimensions as text: <c>64x56x56</c>, <c>512</c> for a vector, or <c>197x768</c> for tokens.</summary>
    public override string ToString() => string.Join('x', Dimensions);

    /// <summary>Returns the shape of tokens.</summary>
    /// <param name="count">The number of tokens.</param>
    /// <param name="width">The number of elements of each.</param>
    internal static Shape OfTokens(int count, int width) => new(width) { Tokens = count };
}
