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

    private static int Side(Node node) => (int)Math.Round(Math.Sqrt(node.Shape.Tokens - ((PositionEmbedding)node.Operator).Leading));

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
