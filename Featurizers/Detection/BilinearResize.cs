using TransferKit.Images;

namespace TransferKit.Detection;

/// <summary>Bilinear resizing without antialiasing, as torchvision's detectors were trained with.</summary>
internal static class BilinearResize
{
    /// <summary>Computes the pixels of the resized image in parallel.</summary>
    /// <param name="picture">The image.</param>
    /// <param name="size">The new width and height.</param>
    /// <param name="set">Receives x, y, the channel from 0 to 2, and the level from 0 to 255.</param>
    public static void Apply(Picture picture, (int Width, int Height) size, Action<int, int, int, float> set)
    {
        var columns = Taps(picture.Width, size.Width);
        var rows = Taps(picture.Height, size.Height);
        Parallel.For(0, size.Height, y =>
        {
            var (top, bottom, down) = rows[y];
            for (int x = 0; x < size.Width; x++)
                for (int c = 0; c < 3; c++)
                {
                    var (left, right, across) = columns[x];
                    float Level(int row, int column) => picture.Rgba[4 * (row * picture.Width + column) + c];
                    float above = Level(top, left) * (1 - across) + Level(top, right) * across;
                    float below = Level(bottom, left) * (1 - across) + Level(bottom, right) * across;
                    set(x, y, c, above * (1 - down) + below * down);
                }
        });
    }

    // The two old pixels that each new pixel lies between, and the weight of the second one.
    private static (int First, int Second, float Weight)[] Taps(int oldSize, int newSize)
    {
        float scale = (float)oldSize / newSize;
        var taps = new (int, int, float)[newSize];
        for (int i = 0; i < newSize; i++)
        {
            float at = Math.Max(0, (i + 0.5f) * scale - 0.5f);
            int first = Math.Min((int)at, oldSize - 1);
            taps[i] = (first, Math.Min(first + 1, oldSize - 1), at - first);
        }
        return taps;
    }
}
