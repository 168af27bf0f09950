using TransferKit.Detection;
using TransferKit.Images;

namespace TransferKit.Maps;

/// <summary>Where a class is seen in an image: a number from 0 to 1 for each of its pixels, row by row; 0 where the network did not look.</summary>
/// <param name="Width">The image's width in pixels.</param>
/// <param name="Height">The image's height in pixels.</param>
/// <param name="Values">Width times height numbers.</param>
public sealed record ActivationMap(int Width, int Height, float[] Values)
{
    /// <summary>The pixel where the map is highest.</summary>
    public (int X, int Y) Peak
    {
        get
        {
            int highest = Array.IndexOf(Values, Values.Max());
            return (highest % Width, highest / Width);
        }
    }

    /// <summary>The rectangle around the largest connected part that is above a part of the map's highest value.</summary>
    /// <param name="threshold">From above 0 to 1.</param>
    /// <exception cref="ArgumentException">The threshold is impossible.</exception>
    public Box Box(double threshold = 0.5)
    {
        if (!(threshold > 0 && threshold <= 1))
            throw new ArgumentException($"A threshold of {threshold} is impossible: from above 0 to 1; 0.5 is usual.", nameof(threshold));
        float least = (float)(threshold * Values.Max());
        bool[] seen = new bool[Values.Length];
        var (best, size) = (new Box(0, 0, Width, Height), 0);
        for (int start = 0; start < Values.Length; start++)
        {
            if (seen[start] || Values[start] < least || Values[start] == 0)
                continue;
            var (box, count) = Part(start, least, seen);
            if (count > size)
                (best, size) = (box, count);
        }
        return best;
    }

    /// <summary>The image with the map over it: blue where it is low, red where it is high.</summary>
    /// <param name="picture">The image.</param>
    /// <param name="opacity">How much of the map's colors is seen, from 0 to 1.</param>
    /// <exception cref="ArgumentException">The image has another size.</exception>
    public Picture Overlay(Picture picture, double opacity = 0.45)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (picture.Width != Width || picture.Height != Height)
            throw new ArgumentException($"The map is of an image of {Width} x {Height} pixels, not of {picture.Width} x {picture.Height}.", nameof(picture));
        byte[] rgba = picture.Pixels.ToArray();
        for (int i = 0; i < Values.Length; i++)
        {
            // Low, cyan, yellow, high: a straight line from each to the next.
            double v = Values[i], red = Line(v, 0.375, 0.625), green = Math.Min(Line(v, 0.125, 0.375), 1 - Line(v, 0.625, 0.875)), blue = 1 - Line(v, 0.375, 0.625);
            Blend(ref rgba[4 * i], red);
            Blend(ref rgba[4 * i + 1], green);
            Blend(ref rgba[4 * i + 2], blue);
        }
        return new Picture(Width, Height, rgba);

        static double Line(double value, double from, double to) => Math.Clamp((value - from) / (to - from), 0, 1);

        void Blend(ref byte level, double color) => level = (byte)Math.Round(level * (1 - opacity) + 255 * color * opacity);
    }

    // Flood fill from a pixel over its four neighbors.
    private (Box Box, int Count) Part(int start, float least, bool[] seen)
    {
        var open = new Stack<int>([start]);
        seen[start] = true;
        int left = Width, top = Height, right = 0, bottom = 0, count = 0;
        while (open.TryPop(out int i))
        {
            int x = i % Width, y = i / Width;
            (left, top, right, bottom, count) = (Math.Min(left, x), Math.Min(top, y), Math.Max(right, x + 1), Math.Max(bottom, y + 1), count + 1);
            foreach (int next in new[] { x > 0 ? i - 1 : i, x < Width - 1 ? i + 1 : i, y > 0 ? i - Width : i, y < Height - 1 ? i + Width : i })
                if (!seen[next] && Values[next] >= least)
                {
                    seen[next] = true;
                    open.Push(next);
                }
        }
        return (new Box(left, top, right, bottom), count);
    }
}
