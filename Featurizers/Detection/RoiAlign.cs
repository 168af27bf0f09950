using System.Numerics.Tensors;

namespace TransferKit.Detection;

/// <summary>
/// Cuts boxes out of maps as pixels of one number: each the mean of bilinear samples, at places that are never rounded
/// (He et al. 2017, arXiv:1703.06870).
/// </summary>
/// <param name="Size">Rows and columns of the result.</param>
/// <param name="Samples">Samples in each direction for one pixel of the result; 0 for about one a pixel of the map.</param>
/// <param name="Aligned">Whether a pixel's centre lies half a pixel within it. Without it, boxes are at least one pixel of the map.</param>
public sealed record RoiAlign(int Size = 7, int Samples = 2, bool Aligned = false)
{
    /// <summary>Pools boxes, over all cores.</summary>
    /// <param name="boxes">In pixels of the image.</param>
    /// <param name="mapOf">The map that a box is cut out of, by the box's position.</param>
    /// <param name="channels">The maps' channels.</param>
    /// <param name="results">Takes boxes x channels x size x size.</param>
    internal void Pool(IReadOnlyList<Box> boxes, Func<int, PixelMap> mapOf, int channels, Memory<float> results)
    {
        int area = Size * Size;
        Parallel.For(0, boxes.Count, () => new float[area * channels], (i, _, sums) =>
        {
            Pool(boxes[i], mapOf(i), channels, sums);
            // The map has its channels last, the networks want them first.
            var to = results.Span.Slice(i * sums.Length, sums.Length);
            for (int c = 0; c < channels; c++)
                for (int bin = 0; bin < area; bin++)
                    to[c * area + bin] = sums[bin * channels + c];
            return sums;
        }, _ => { });
    }

    private void Pool(Box box, PixelMap map, int channels, float[] sums)
    {
        Array.Clear(sums);
        var (x, y) = (Axis(box.Left, box.Right, map.Scale, map.Width), Axis(box.Top, box.Bottom, map.Scale, map.Height));
        float part = 1f / (x.PerBin * y.PerBin);
        for (int row = 0; row < y.Places.Length; row++)
            for (int column = 0; column < x.Places.Length; column++)
            {
                var sum = sums.AsSpan((row / y.PerBin * Size + column / x.PerBin) * channels, channels);
                var (vertical, horizontal) = (y.Places[row], x.Places[column]);
                Add(sum, map, vertical.Low, horizontal.Low, part * vertical.LowWeight * horizontal.LowWeight);
                Add(sum, map, vertical.Low, horizontal.High, part * vertical.LowWeight * horizontal.HighWeight);
                Add(sum, map, vertical.High, horizontal.Low, part * vertical.HighWeight * horizontal.LowWeight);
                Add(sum, map, vertical.High, horizontal.High, part * vertical.HighWeight * horizontal.HighWeight);
            }
    }

    private static void Add(Span<float> sum, PixelMap map, int row, int column, float weight)
    {
        if (weight != 0)
            TensorPrimitives.MultiplyAdd(map.Values.Span.Slice((row * map.Width + column) * sum.Length, sum.Length), weight, sum, sum);
    }

    /// <summary>Where the samples lie in one direction, in pixels of the map, and how many there are for each pixel of the result.</summary>
    internal (float[] Places, int PerBin) Places(float from, float to, float scale)
    {
        float start = from * scale - (Aligned ? 0.5f : 0), length = to * scale - from * scale;
        if (!Aligned)
            length = Math.Max(length, 1);
        int perBin = Samples > 0 ? Samples : Math.Max(1, (int)Math.Ceiling(length / Size));
        float bin = length / Size;
        float[] places = new float[Size * perBin];
        for (int i = 0; i < places.Length; i++)
            places[i] = start + i / perBin * bin + (i % perBin + 0.5f) * bin / perBin;
        return (places, perBin);
    }

    private (Place[] Places, int PerBin) Axis(float from, float to, float scale, int size)
    {
        var (places, perBin) = Places(from, to, scale);
        return ([.. places.Select(p => Place.Between(p, size))], perBin);
    }

    // The two pixels a sample lies between, and what each counts; nothing a whole pixel outside.
    private readonly record struct Place(int Low, int High, float LowWeight, float HighWeight)
    {
        public static Place Between(float at, int size)
        {
            if (!(at >= -1 && at <= size))
                return default;
            at = Math.Clamp(at, 0, size - 1);
            int low = (int)at;
            return new(low, Math.Min(low + 1, size - 1), 1 - (at - low), at - low);
        }
    }
}
