using TransferKit.Graphs;

namespace TransferKit.Engines;

/// <summary>
/// Resizes tables of positions bicubically, as PyTorch's interpolate does (ATen/native/UpSample.h): a separable linear map from the rows
/// of the table to those of another grid.
/// </summary>
internal static class PositionResize
{
    /// <summary>Returns the weights of a node, new side x old side, or null if the grid is that of the table.</summary>
    public static float[,]? Weights(Node node)
    {
        var positions = (PositionEmbedding)node.Operator;
        int side = Side(node);
        return side == positions.Grid ? null : Weights(positions.Grid, side, positions.Antialias, positions.Offset);
    }

    /// <summary>Returns the height and width of the grid of patches.</summary>
    public static int Side(Node node) => (int)Math.Round(Math.Sqrt(node.Shape.Tokens - ((PositionEmbedding)node.Operator).Leading));

    /// <summary>Resizes the rows of patches of a table.</summary>
    /// <param name="node">The node of the table.</param>
    /// <param name="table">The leading rows, then those of the grid, row by row.</param>
    /// <returns>The leading rows, then those of the new grid.</returns>
    public static float[] Resize(Node node, ReadOnlySpan<float> table)
    {
        var positions = (PositionEmbedding)node.Operator;
        if (Weights(node) is not { } weights)
            return table.ToArray();
        int width = node.Shape.Channels, side = Side(node), old = positions.Grid, leading = positions.Leading * width;
        float[] columns = new float[old * side * width], resized = new float[leading + side * side * width];
        table[..leading].CopyTo(resized);
        var patches = table[leading..];
        for (int y = 0; y < old; y++)
            for (int x = 0; x < side; x++)
                for (int k = 0; k < old; k++)
                    AddScaled(patches.Slice((y * old + k) * width, width), weights[x, k], columns.AsSpan((y * side + x) * width, width));
        for (int y = 0; y < side; y++)
            for (int k = 0; k < old; k++)
                AddScaled(columns.AsSpan(k * side * width, side * width), weights[y, k],
                    resized.AsSpan(leading + y * side * width, side * width));
        return resized;
    }

    private static void AddScaled(ReadOnlySpan<float> source, float factor, Span<float> target)
    {
        if (factor == 0)
            return;
        for (int i = 0; i < target.Length; i++)
            target[i] += factor * source[i];
    }

    private static float[,] Weights(int old, int side, bool antialias, double offset)
    {
        float[,] weights = new float[side, old];
        // With an offset, DINOv2 gives the ratio of the sizes, from which PyTorch computes the scale.
        double scale = offset == 0 ? (double)old / side : old / (side + offset);
        for (int i = 0; i < side; i++)
        {
            double center = antialias ? (i + 0.5) * scale : (i + 0.5) * scale - 0.5;
            if (antialias)
                AddAntialiased(weights, i, old, center, scale);
            else
                AddCubic(weights, i, old, center);
        }
        return weights;
    }

    // Four neighbors, with those beyond the border replaced by the nearest; a = -0.75.
    private static void AddCubic(float[,] weights, int i, int old, double center)
    {
        int floor = (int)Math.Floor(center);
        for (int k = -1; k <= 2; k++)
            weights[i, Math.Clamp(floor + k, 0, old - 1)] += (float)Cubic(center - floor - k, -0.75);
    }

    // A wider filter for a smaller grid, whose weights sum to 1; a = -0.5.
    private static void AddAntialiased(float[,] weights, int i, int old, double center, double scale)
    {
        double stretch = Math.Max(scale, 1), support = 2 * stretch;
        int first = Math.Max((int)(center - support + 0.5), 0), last = Math.Min((int)(center + support + 0.5), old);
        double sum = 0;
        for (int k = first; k < last; k++)
            sum += Cubic((k - center + 0.5) / stretch, -0.5);
        for (int k = first; k < last; k++)
            weights[i, k] = (float)(Cubic((k - center + 0.5) / stretch, -0.5) / sum);
    }

    private static double Cubic(double x, double a) => Math.Abs(x) switch
    {
        < 1 and var t => ((a + 2) * t - (a + 3)) * t * t + 1,
        < 2 and var t => ((t - 5) * t + 8) * t * a - 4 * a,
        _ => 0,
    };
}
