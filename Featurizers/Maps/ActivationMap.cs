using TransferKit.Detection;
using TransferKit.Images;

namespace TransferKit.Maps;

/// <summary>A class-activation map of an image: for each pixel, how much it contributes to the score of a class.</summary>
/// <param name="Width">The width of the image in pixels.</param>
/// <param name="Height">The height of the image in pixels.</param>
/// <param name="Values">
/// Width x height values from 0 to 1, row by row; 0 outside the center crop that the network was given.
/// </param>
public sealed record ActivationMap(int Width, int Height, float[] Values)
{
    /// <summary>The pixel with the highest value.</summary>
    public (int X, int Y) Peak
    {
        get
        {
            int highest = Array.IndexOf(Values, Values.Max());
            return (highest % Width, highest / Width);
        }
    }

    /// <summary>Returns the bounding box of the largest connected region whose values reach a share of the highest value.</summary>
    /// <param name="threshold">The share, from above 0 to 1.</param>
    /// <returns>The box in pixels; the whole image where the map is 0 everywhere.</returns>
    /// <exception cref="ArgumentException">The threshold is out of range.</exception>
    public Box Box(double threshold = 0.5)
    {
        if (!(threshold > 0 && threshold <= 1))
        {
            throw new ArgumentException(
                $"A threshold of {threshold} is invalid: it must be above 0 and at most 1 (0.5 is a good start).", nameof(threshold));
        }
        float minimum = (float)(threshold * Values.Max());
        bool[] visited = new bool[Values.Length];
        var (largestBox, largestCount) = (new Box(0, 0, Width, Height), 0);
        for (int start = 0; start < Values.Length; start++)
        {
            if (visited[start] || Values[start] < minimum || Values[start] == 0)
                continue;
            var (box, count) = FloodFill(start, minimum, visited);
            if (count > largestCount)
                (largestBox, largestCount) = (box, count);
        }
        return largestBox;
    }

    /// <summary>Draws the map over the image: blue where it is low, red where it is high.</summary>
    /// <param name="picture">The image.</param>
    /// <param name="opacity">The weight of the map's colors, from 0 (invisible) to 1 (hides the image).</param>
    /// <exception cref="ArgumentException">The image does not have the size of the map.</exception>
    public Picture Overlay(Picture picture, double opacity = 0.45)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (picture.Width != Width || picture.Height != Height)
        {
            throw new ArgumentException(
                $"The map is of an image of {Width} x {Height} pixels, not of {picture.Width} x {picture.Height}.", nameof(picture));
        }
        byte[] rgba = picture.Pixels.ToArray();
        for (int i = 0; i < Values.Length; i++)
        {
            var (red, green, blue) = JetColor(Values[i]);
            Blend(ref rgba[4 * i], red);
            Blend(ref rgba[4 * i + 1], green);
            Blend(ref rgba[4 * i + 2], blue);
        }
        return new Picture(Width, Height, rgba);

        void Blend(ref byte level, double color) => level = (byte)Math.Round(level * (1 - opacity) + 255 * color * opacity);
    }

    // A color from blue over cyan and yellow to red, linear between them; each component from 0 to 1.
    private static (double Red, double Green, double Blue) JetColor(double value)
    {
        double red = Ramp(value, 0.375, 0.625), blue = 1 - red;
        double green = Math.Min(Ramp(value, 0.125, 0.375), 1 - Ramp(value, 0.625, 0.875));
        return (red, green, blue);

        static double Ramp(double value, double from, double to) => Math.Clamp((value - from) / (to - from), 0, 1);
    }

    // Fills the region around a pixel, over the four neighbors of each; returns its bounding box and its number of pixels.
    private (Box Box, int Count) FloodFill(int start, float minimum, bool[] visited)
    {
        var open = new Stack<int>([start]);
        visited[start] = true;
        int left = Width, top = Height, right = 0, bottom = 0, count = 0;
        while (open.TryPop(out int pixel))
        {
            int x = pixel % Width, y = pixel / Width;
            (left, top) = (Math.Min(left, x), Math.Min(top, y));
            (right, bottom) = (Math.Max(right, x + 1), Math.Max(bottom, y + 1));
            count++;
            foreach (int neighbor in Neighbors(pixel, x, y))
            {
                if (visited[neighbor] || Values[neighbor] < minimum)
                    continue;
                visited[neighbor] = true;
                open.Push(neighbor);
            }
        }
        return (new Box(left, top, right, bottom), count);
    }

    // At a border, the pixel itself stands for the neighbor that is missing; it has been visited.
    private int[] Neighbors(int pixel, int x, int y) =>
    [
        x > 0 ? pixel - 1 : pixel,
        x < Width - 1 ? pixel + 1 : pixel,
        y > 0 ? pixel - Width : pixel,
        y < Height - 1 ? pixel + Width : pixel,
    ];
}
