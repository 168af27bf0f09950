namespace TransferKit.Detection;

/// <summary>The boxes that proposals start from: around each pixel of a map the same few shapes (Ren et al. 2015, arXiv:1506.01497).</summary>
/// <param name="Sizes">The square roots of their areas, in pixels.</param>
/// <param name="Ratios">Their heights divided by their widths.</param>
public sealed record Anchors(IReadOnlyList<float> Sizes, IReadOnlyList<float> Ratios)
{
    /// <summary>How many there are around each pixel.</summary>
    public int Count => Sizes.Count * Ratios.Count;

    /// <summary>The shapes around the origin, in whole pixels; all sizes of one ratio, then those of the next.</summary>
    public IReadOnlyList<Box> Shapes() =>
    [
        .. from ratio in Ratios
           let height = MathF.Sqrt(ratio)
           let width = 1 / height
           from size in Sizes
           let x = MathF.Round(width * size / 2)
           let y = MathF.Round(height * size / 2)
           select new Box(-x, -y, x, y),
    ];

    /// <summary>All of them, row by row over the map's pixels.</summary>
    /// <param name="height">The map's height.</param>
    /// <param name="width">The map's width.</param>
    /// <param name="strideY">Image pixels from one row to the next.</param>
    /// <param name="strideX">Image pixels from one column to the next.</param>
    public Box[] Grid(int height, int width, int strideY, int strideX)
    {
        var shapes = Shapes();
        var all = new Box[height * width * shapes.Count];
        for (int i = 0; i < all.Length; i++)
        {
            var (pixel, shape) = (i / shapes.Count, shapes[i % shapes.Count]);
            float x = pixel % width * strideX, y = pixel / width * strideY;
            all[i] = new(shape.Left + x, shape.Top + y, shape.Right + x, shape.Bottom + y);
        }
        return all;
    }
}
