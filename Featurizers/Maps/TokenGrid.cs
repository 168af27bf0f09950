using TransferKit.Graphs;

namespace TransferKit.Maps;

/// <summary>The places of tokens in the picture: row by row, after leading tokens that have none.</summary>
/// <param name="Leading">The number of leading tokens: class, distillation, registers.</param>
/// <param name="Rows">The number of rows.</param>
/// <param name="Columns">The number of columns.</param>
internal sealed record TokenGrid(int Leading, int Rows, int Columns)
{
    /// <summary>Finds the places of a node's tokens by the feature map that they were made from.</summary>
    /// <param name="tokens">The node.</param>
    /// <exception cref="ArgumentException">They were not made from a feature map, or do not form a grid.</exception>
    public static TokenGrid Of(Node tokens)
    {
        int leading = 0;
        var source = tokens;
        while (source.Operator is not ToTokens)
        {
            if (source.Operator is LearnedTokens learned)
                leading += learned.Count;
            source = source.Inputs.Count > 0 ? source.Inputs[0]
                : throw new ArgumentException($"The tokens of '{tokens.Name}' are not made from a feature map, so they have no places.");
        }
        int patches = tokens.Shape.Tokens - leading;
        var (rows, columns) = (source.Inputs[0].Shape.Height, source.Inputs[0].Shape.Width);
        // Merging patches, as Swin does it, halves the grid.
        while (rows * columns > patches && rows * columns > 1)
            (rows, columns) = ((rows + 1) / 2, (columns + 1) / 2);
        return rows * columns == patches ? new(leading, rows, columns) : throw new ArgumentException(
            $"The {patches} tokens of '{tokens.Name}' do not form a grid of the shape of '{source.Inputs[0].Name}', " +
            $"{source.Inputs[0].Shape}, or of a half, a quarter and so on of its sides.");
    }

    /// <summary>Turns tokens x channels into a map, channels x rows x columns, without the leading tokens.</summary>
    public float[] ToMap(ReadOnlySpan<float> tokens, int channels)
    {
        int area = Rows * Columns;
        float[] map = new float[channels * area];
        for (int i = 0; i < area; i++)
            for (int c = 0; c < channels; c++)
                map[c * area + i] = tokens[(Leading + i) * channels + c];
        return map;
    }
}
