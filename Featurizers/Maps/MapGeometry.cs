using TransferKit.Images;

namespace TransferKit.Maps;

/// <summary>From a feature map's grid back to an image's pixels, through the resize and the crop that preprocessing did.</summary>
internal static class MapGeometry
{
    /// <summary>A map over a whole image, from 0 to 1, bilinear between the grid's cells; 0 outside the crop.</summary>
    /// <param name="grid">The grid, row by row.</param>
    /// <param name="rows">Its height; its width follows.</param>
    /// <param name="width">The image's width in pixels.</param>
    /// <param name="height">The image's height in pixels.</param>
    /// <param name="preprocessing">The resize and the crop.</param>
    public static ActivationMap Spread(float[] grid, int rows, int width, int height, Preprocessing preprocessing)
    {
        int columns = grid.Length / rows;
        float low = grid.Min(), range = grid.Max() - low;
        var (shown, left, top) = preprocessing.CropWindow(width, height);
        double across = (double)shown.Width / width, down = (double)shown.Height / height;
        float[] values = new float[width * height];
        for (int y = 0; y < height; y++)
        {
            double v = ((y + 0.5) * down - top) / preprocessing.Crop;
            for (int x = 0; x < width; x++)
            {
                double u = ((x + 0.5) * across - left) / preprocessing.Crop;
                if (range > 0 && u is >= 0 and < 1 && v is >= 0 and < 1)
                    values[y * width + x] = (float)((Bilinear(grid, rows, columns, u, v) - low) / range);
            }
        }
        return new ActivationMap(width, height, values);
    }

    /// <summary>The value of a grid at a place, both coordinates from 0 to 1; beyond the centers of its outermost cells it stays the same.</summary>
    public static double Bilinear(ReadOnlySpan<float> grid, int rows, int columns, double u, double v)
    {
        double x = Math.Clamp(u * columns - 0.5, 0, columns - 1), y = Math.Clamp(v * rows - 0.5, 0, rows - 1);
        int left = (int)x, top = (int)y, right = Math.Min(left + 1, columns - 1), bottom = Math.Min(top + 1, rows - 1);
        var (fx, fy) = (x - left, y - top);
        return (1 - fy) * ((1 - fx) * grid[top * columns + left] + fx * grid[top * columns + right])
            + fy * ((1 - fx) * grid[bottom * columns + left] + fx * grid[bottom * columns + right]);
    }
}
