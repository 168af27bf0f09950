using TransferKit.Images;

namespace TransferKit.Maps;

/// <summary>Maps the grid of a feature map back to the pixels of the image, through the resize and the center crop.</summary>
internal static class MapGeometry
{
    /// <summary>Upsamples a grid to the size of the image, bilinearly, and scales it to values from 0 to 1; 0 outside the crop.</summary>
    /// <param name="grid">The values of the grid, row by row.</param>
    /// <param name="rows">The number of rows of the grid; the number of columns follows from it.</param>
    /// <param name="width">The width of the image in pixels.</param>
    /// <param name="height">The height of the image in pixels.</param>
    /// <param name="preprocessing">The preprocessing that resized and cropped the image.</param>
    public static ActivationMap Spread(float[] grid, int rows, int width, int height, Preprocessing preprocessing)
    {
        int columns = grid.Length / rows;
        float low = grid.Min(), range = grid.Max() - low;
        var (resized, left, top) = preprocessing.CropWindow(width, height);
        double scaleX = (double)resized.Width / width, scaleY = (double)resized.Height / height;
        float[] values = new float[width * height];
        for (int y = 0; y < height; y++)
        {
            double v = ((y + 0.5) * scaleY - top) / preprocessing.Crop;
            for (int x = 0; x < width; x++)
            {
                double u = ((x + 0.5) * scaleX - left) / preprocessing.Crop;
                if (range > 0 && u is >= 0 and < 1 && v is >= 0 and < 1)
                    values[y * width + x] = (float)((Bilinear(grid, rows, columns, u, v) - low) / range);
            }
        }
        return new ActivationMap(width, height, values);
    }

    /// <summary>Interpolates a grid bilinearly. Beyond the centers of the outermost cells, the value is theirs.</summary>
    /// <param name="grid">The values of the grid, row by row.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns.</param>
    /// <param name="u">The horizontal position, from 0 at the left edge to 1 at the right.</param>
    /// <param name="v">The vertical position, from 0 at the top edge to 1 at the bottom.</param>
    public static double Bilinear(ReadOnlySpan<float> grid, int rows, int columns, double u, double v)
    {
        double x = Math.Clamp(u * columns - 0.5, 0, columns - 1), y = Math.Clamp(v * rows - 0.5, 0, rows - 1);
        int left = (int)x, top = (int)y, right = Math.Min(left + 1, columns - 1), bottom = Math.Min(top + 1, rows - 1);
        var (fx, fy) = (x - left, y - top);
        return (1 - fy) * ((1 - fx) * grid[top * columns + left] + fx * grid[top * columns + right])
            + fy * ((1 - fx) * grid[bottom * columns + left] + fx * grid[bottom * columns + right]);
    }
}
