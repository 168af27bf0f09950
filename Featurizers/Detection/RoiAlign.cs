using System.Numerics.Tensors;

namespace TransferKit.Detection;

/// <summary>
/// Cuts boxes out of maps as pixels of one number: each the mean of bilinear samples, at places that are never rounded
/// (He et al. 2017, arXiv:1703.06870).
/// </summary>
/// <param name="Size">Rows and columns of the result.</param>
/// <param name="Samples">Samples in each direction for one pixel of the result; 0 for about one a pixel of the map.</param>
/// <param name="Aligned">Whether a pixel's center lies half a pixel within it. Without it, boxes are at least one pixel of the map.</param>
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
        foreach (var (bin, pixel, weight) in Weights(box, map.Scale, map.Height, map.Width))
        {
            var sum = sums.AsSpan(bin * channels, channels);
            TensorPrimitives.MultiplyAdd(map.Values.Span.Slice(pixel * channels, channels), weight, sum, sum);
        }
    }

    /// <summary>For each pixel of the result the pixels of a map that are in it, and what they count.</summary>
    internal IEnumerable<(int Bin, int Pixel, float Weight)> Weights(Box box, float scale, int height, int width)
    {
        var (across, perColumn) = Axis(box.Left, box.Right, scale, width);
        var (down, perRow) = Axis(box.Top, box.Bottom, scale, height);
        float part = 1f / (perColumn * perRow);
        for (int row = 0; row < down.Length; row++)
            for (int column = 0; column < across.Length; column++)
            {
                var (y, x) = (down[row], across[column]);
                int bin = row / perRow * Size + column / perColumn;
                for (int corner = 0; corner < 4; corner++)
                {
                    var (atY, weightY) = corner < 2 ? (y.Low, y.LowWeight) : (y.High, y.HighWeight);
                    var (atX, weightX) = corner % 2 == 0 ? (x.Low, x.LowWeight) : (x.High, x.HighWeight);
                    if (weightY * weightX != 0)
                        yield return (bin, atY * width + atX, part * weightY * weightX);
                }
            }
    }

    // The samples in one direction, and how many there are for each pixel of the result.
    private (Place[] Places, int PerBin) Axis(float from, float to, float scale, int size)
    {
        float start = from * scale - (Aligned ? 0.5f : 0), length = to * scale - from * scale;
        if (!Aligned)
            length = Math.Max(length, 1);
        int perBin = Samples > 0 ? Samples : Math.Max(1, (int)Math.Ceiling(length / Size));
        float bin = length / Size;
        return ([.. Enumerable.Range(0, Size * perBin).Select(i => Place.Between(start + i / perBin * bin + (i % perBin + 0.5f) * bin / perBin, size))], perBin);
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
