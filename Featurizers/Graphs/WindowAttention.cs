namespace TransferKit.Graphs;

/// <summary>
/// Multi-head self-attention within windows of a square grid of tokens, with a learned bias for each relative position (arXiv:2103.14030,
/// 2111.09883, 2204.01697).
/// </summary>
/// <param name="Heads">The number of heads, a divisor of the width.</param>
/// <param name="Partition">The division of the grid into windows.</param>
/// <param name="Variant">How the attention of two tokens is computed.</param>
public sealed record WindowAttention(int Heads, WindowPartition Partition, WindowAttentionVariant Variant) : Operator
{
    /// <summary>The width of the hidden layer of the network that computes Swin V2's biases.</summary>
    internal const int BiasNetworkWidth = 512;

    /// <summary>The largest bias that Swin V2's network gives.</summary>
    internal const double LargestBias = 16;

    /// <summary>The largest logarithm of Swin V2's learned scale, log 100.</summary>
    internal static readonly double LargestLogitScale = Math.Log(100);

    /// <summary>The name of the layer that makes queries, keys and values.</summary>
    internal string Projection => Variant == WindowAttentionVariant.MaxVit ? "to_qkv" : "qkv";

    /// <summary>The name of the layer after attention.</summary>
    internal string Result => Variant == WindowAttentionVariant.MaxVit ? "merge" : "proj";

    internal override Shape Infer(IReadOnlyList<Shape> inputs)
    {
        var tokens = RequireTokens(inputs[0]);
        int side = GridSide(tokens);
        if (Partition.Size < 1 || Partition.Shift < 0 || Partition.Shift >= Partition.Size)
            throw new ArgumentException($"windows of {Partition.Size} with a shift of {Partition.Shift} are invalid");
        if (Partition.IsGrid && side % Partition.Size != 0)
            throw new ArgumentException(
                $"a grid of {side} x {side} tokens cannot be divided into sets of {Partition.Size} x {Partition.Size}");
        return Heads >= 1 && tokens.Channels % Heads == 0 ? tokens
            : throw new ArgumentException($"{Heads} heads are invalid: the number must be at least 1 and divide {tokens.Channels}");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(Shape input)
    {
        int width = input.Channels, tokens = Partition.Tokens, positions = 2 * Partition.Size - 1;
        Initializer weight = new Initializer.Normal(0.02), zero = new Initializer.Constant(0);
        ParameterSpec[] bias = Variant == WindowAttentionVariant.SwinV2
            ?
            [
                new("relative_coords_table", [1, positions, positions, 2], new Initializer.Values(LogSpacedPositions()), IsBuffer: true),
                new("cpb_mlp.0.weight", [BiasNetworkWidth, 2], weight) { HasWeightDecay = false },
                new("cpb_mlp.0.bias", [BiasNetworkWidth], zero),
                new("cpb_mlp.2.weight", [Heads, BiasNetworkWidth], weight) { HasWeightDecay = false },
                new("logit_scale", [Heads, 1, 1], new Initializer.Constant((float)Math.Log(10))) { HasWeightDecay = false },
            ]
            : [new("relative_position_bias_table", [positions * positions, Heads], weight) { HasWeightDecay = false }];
        return
        [
            new($"{Projection}.weight", [3 * width, width], weight), new($"{Projection}.bias", [3 * width], zero),
            new($"{Result}.weight", [width, width], weight), new($"{Result}.bias", [width], zero), .. bias,
            new("relative_position_index", Variant == WindowAttentionVariant.MaxVit ? [tokens, tokens] : [tokens * tokens],
                new Initializer.Indices([.. Partition.RelativePositions()]), IsBuffer: true),
        ];
    }

    /// <summary>Returns by what the products of queries and keys are multiplied.</summary>
    internal double Scale(long width) => 1 / Math.Sqrt(Variant == WindowAttentionVariant.MaxVit ? width : (double)width / Heads);

    /// <summary>Returns the side of the square grid that tokens form.</summary>
    /// <exception cref="ArgumentException">Their number is no square.</exception>
    internal static int GridSide(Shape tokens)
    {
        int side = (int)Math.Round(Math.Sqrt(tokens.Tokens));
        return side * side == tokens.Tokens ? side
            : throw new ArgumentException($"{tokens.Tokens} tokens are invalid: they must form a square grid");
    }

    // Rows and columns from -8 to 8 on a logarithmic scale, as torchvision computes them: sign(x) log2(|x| + 1) / 3.
    private float[] LogSpacedPositions()
    {
        float[] scale = [.. Enumerable.Range(1 - Partition.Size, 2 * Partition.Size - 1).Select(LogSpaced)];
        return [.. scale.SelectMany(row => scale.SelectMany(column => new[] { row, column }))];
    }

    private float LogSpaced(int distance)
    {
        float scaled = (float)distance / (Partition.Size - 1) * 8;
        return Math.Sign(scaled) * MathF.Log2(Math.Abs(scaled) + 1) / 3;
    }
}

/// <summary>How attention within windows is computed, and the names of its parameters in checkpoints.</summary>
public enum WindowAttentionVariant
{
    /// <summary>Scaled by the width of a head, with a table of biases (arXiv:2103.14030).</summary>
    Swin,

    /// <summary>The cosine of query and key with a learned scale, and biases from a small network (arXiv:2111.09883).</summary>
    SwinV2,

    /// <summary>Scaled by the width of a token, with a table of biases, as torchvision's MaxViT (arXiv:2204.01697).</summary>
    MaxVit,
}
