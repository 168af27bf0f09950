namespace TransferKit.Graphs;

/// <summary>Turns a feature map into tokens: one for each pixel, row by row, as wide as the map has channels (arXiv:2010.11929).</summary>
public sealed record ToTokens : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs)
    {
        var map = RequireMap(inputs[0]);
        return Shape.OfTokens(checked(map.Height * map.Width), map.Channels);
    }
}

/// <summary>Turns tokens into a feature map, the reverse of <see cref="ToTokens"/>.</summary>
/// <param name="Height">The height in pixels.</param>
/// <param name="Width">The width in pixels.</param>
public sealed record ToMap(int Height, int Width) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs)
    {
        var tokens = RequireTokens(inputs[0]);
        return Height > 0 && Width > 0 && Height * Width == tokens.Tokens ? new(tokens.Channels, Height, Width)
            : throw new ArgumentException($"{tokens.Tokens} tokens cannot be turned into {Height} x {Width} pixels");
    }
}

/// <summary>
/// Puts learned tokens before the others: a class token, a distillation token, registers (arXiv:2010.11929, 2012.12877, 2309.16588). The
/// name of the node is the key of the parameter.
/// </summary>
/// <param name="Count">The number of learned tokens.</param>
/// <param name="IsVector">Whether checkpoints store one token as a vector, instead of 1 x count x width.</param>
/// <param name="After">The number of tokens that stay before the learned ones.</param>
public sealed record LearnedTokens(int Count, bool IsVector, int After) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs)
    {
        var tokens = RequireTokens(inputs[0]);
        return tokens with { Tokens = checked(tokens.Tokens + Count) };
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(Shape input) =>
        [new("", IsVector ? [input.Channels] : [1, Count, input.Channels], new Initializer.Normal(0.02)) { HasWeightDecay = false }];
}

/// <summary>
/// Adds a learned vector to each token, which says where it is. The name of the node is the key of the table. A table for patches on
/// another grid is resized bicubically, as DINOv2 does it (arXiv:2304.07193).
/// </summary>
/// <param name="Leading">The number of tokens before those of the patches, which have rows of the table as well.</param>
/// <param name="Grid">The height and width of the grid of patches that the table is for.</param>
/// <param name="IsMatrix">Whether checkpoints store a matrix, instead of 1 x tokens x width.</param>
/// <param name="Antialias">Whether a table that is made smaller is antialiased.</param>
/// <param name="Offset">What is added to the size of the new grid before the ratio of the sizes is computed.</param>
public sealed record PositionEmbedding(int Leading, int Grid, bool IsMatrix, bool Antialias = false, double Offset = 0) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs)
    {
        int patches = RequireTokens(inputs[0]).Tokens - Leading, side = (int)Math.Round(Math.Sqrt(Math.Max(0, patches)));
        return patches > 0 && side * side == patches ? inputs[0]
            : throw new ArgumentException($"{patches} patches are invalid: their grid must be a square");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(Shape input)
    {
        int rows = Leading + Grid * Grid;
        int[] dimensions = IsMatrix ? [rows, input.Channels] : [1, rows, input.Channels];
        return [new("", dimensions, new Initializer.Normal(0.02)) { HasWeightDecay = false }];
    }
}

/// <summary>Normalizes each token, or the channels of each pixel of a feature map, to mean 0 and variance 1 (arXiv:1607.06450).</summary>
/// <param name="Epsilon">A small number added to the variance.</param>
public sealed record LayerNorm(double Epsilon) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => inputs[0];

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(Shape input) =>
    [
        new("weight", [input.Channels], new Initializer.Constant(1)),
        new("bias", [input.Channels], new Initializer.Constant(0)),
    ];
}

/// <summary>Multi-head self-attention of tokens, with projections of queries, keys, values and the result (arXiv:1706.03762).</summary>
/// <param name="Heads">The number of heads, a divisor of the width.</param>
/// <param name="Keys">The names of its parameters in checkpoints.</param>
public sealed record Attention(int Heads, AttentionKeys Keys) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs)
    {
        var tokens = RequireTokens(inputs[0]);
        return Heads >= 1 && tokens.Channels % Heads == 0 ? tokens
            : throw new ArgumentException($"{Heads} heads are invalid: the number must be at least 1 and divide {tokens.Channels}");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(Shape input)
    {
        int width = input.Channels;
        string[] names = Keys == AttentionKeys.Timm ? ["qkv.weight", "qkv.bias", "proj.weight", "proj.bias"]
            : ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"];
        Initializer weight = new Initializer.Uniform(Math.Sqrt(6.0 / (2 * width))), zero = new Initializer.Constant(0);
        return
        [
            new(names[0], [3 * width, width], weight), new(names[1], [3 * width], zero),
            new(names[2], [width, width], weight), new(names[3], [width], zero),
        ];
    }
}

/// <summary>The names of the parameters of attention.</summary>
public enum AttentionKeys
{
    /// <summary><c>in_proj_weight</c> and <c>out_proj.weight</c>, as PyTorch's MultiheadAttention has them.</summary>
    PyTorch,

    /// <summary><c>qkv.weight</c> and <c>proj.weight</c>.</summary>
    Timm,
}

/// <summary>Selects one token.</summary>
/// <param name="Index">Its number, counted from 0.</param>
public sealed record TakeToken(int Index) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs)
    {
        var tokens = RequireTokens(inputs[0]);
        return Index >= 0 && Index < tokens.Tokens ? new(tokens.Channels)
            : throw new ArgumentException($"token {Index} does not exist: there are tokens 0 to {tokens.Tokens - 1}");
    }
}

/// <summary>Multiplies a vector by a learned matrix, without bias, as CLIP does. The name of the node is the key of the matrix.</summary>
/// <param name="Width">The number of outputs; checkpoints store inputs x outputs.</param>
public sealed record Projection(int Width) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => RequireVector(inputs[0]) with { Channels = Width };

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(Shape input) =>
        [new("", [input.Channels, Width], new Initializer.Normal(1 / Math.Sqrt(input.Channels)))];
}

/// <summary>
/// Gated linear unit: splits the channels of tokens in halves a and b, and computes silu(a) * b (SwiGLU, arXiv:2002.05202).
/// </summary>
public sealed record SwiGlu : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs)
    {
        var tokens = RequireTokens(inputs[0]);
        return tokens.Channels % 2 == 0 ? tokens with { Channels = tokens.Channels / 2 }
            : throw new ArgumentException($"{tokens.Channels} channels cannot be split in halves");
    }
}

/// <summary>Computes the mean of tokens.</summary>
/// <param name="First">The number of the first token that counts.</param>
public sealed record MeanOfTokens(int First) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs)
    {
        var tokens = RequireTokens(inputs[0]);
        return First >= 0 && First < tokens.Tokens ? new(tokens.Channels)
            : throw new ArgumentException($"token {First} does not exist: there are tokens 0 to {tokens.Tokens - 1}");
    }
}
