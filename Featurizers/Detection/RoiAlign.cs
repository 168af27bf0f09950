using System.Numerics.Tensors;

namespace TransferKit.Detection;

/// <summary>
/// Pools boxes from feature maps to a fixed number of bins (RoIAlign; He et al. 2017, arXiv:1703.06870): each bin is the mean of
/// bilinear samples, at positions that are not rounded.
/// </summary>
/// <param name="Size">The number of rows and columns of bins.</param>
/// <param name="SamplingRatio">The number of samples in a bin in each direction; 0 for about one per pixel of the map.</param>
/// <param name="Aligned">Whether boxes are shifted by half a pixel. If not, they are at least one pixel of the map wide and high.</param>
internal sealed record RoiAlign(int Size = 7, int SamplingRatio = 2, bool Aligned = false)
{
    /// <summary>Pools boxes, in parallel.</summary>
    /// <param name="boxes">The boxes, in pixels of the image.</param>
    /// <param name="mapOf">The map that a box is pooled from, by the position of the box.</param>
    /// <param name="channels">The number of channels of the maps.</param>
    /// <param name="results">Receives boxes x channels x size x size values.</param>
    public void Pool(IReadOnlyList<Box> boxes, Func<int, ChannelsLastMap> mapOf, int channels, Memory<float> results)
    {
        int bins = Size * Size;
        Parallel.For(0, boxes.Count, () => new float[bins * channels], (i, _, sums) =>
        {
            Pool(boxes[i], mapOf(i), channels, sums);
            // The map has its channels last, the box head has them first.
            var result = results.Span.Slice(i * sums.Length, sums.Length);
            for (int c = 0; c < channels; c++)
                for (int bin = 0; bin < bins; bin++)
                    result[c * bins + bin] = sums[bin * channels + c];
            return sums;
        }, _ => { });
    }

    private void Pool(Box box, ChannelsLastMap map, int channels, float[] sums)
    {
        Array.Clear(sums);
        foreach (var (bin, pixel, weight) in Weights(box, map.Scale, map.Height, map.Width))
        {
            var sum = sums.AsSpan(bin * channels, channels);
            TensorPrimitives.MultiplyAdd(map.Values.Span.Slice(pixel * channels, channels), weight, sum, sum);
        }
    }

    /// <summary>The pixels of a map that contribute to each bin, with their weights.</summary>
    /// <param name="box">The box, in pixels of the image.</param>
    /// <param name="scale">The size of the map divided by the size of the image.</param>
    /// <param name="height">The height of the map.</param>
    /// <param name="width">The width of the map.</param>
    public IEnumerable<(int Bin, int Pixel, float Weight)> Weights(Box box, float scale, int height, int width)
    {
        var (columns, perColumn) = Samples(box.Left, box.Right, scale, width);
        var (rows, perRow) = Samples(box.Top, box.Bottom, scale, height);
        float sampleWeight = 1f / (perColumn * perRow);
        for (int row = 0; row < rows.Length; row++)
            for (int column = 0; column < columns.Length; column++)
            {
                var (y, x) = (rows[row], columns[column]);
                int bin = row / perRow * Size + column / perColumn;
                for (int corner = 0; corner < 4; corner++)
                {
                    var (pixelY, weightY) = corner < 2 ? (y.Low, y.LowWeight) : (y.High, y.HighWeight);
                    var (pixelX, weightX) = corner % 2 == 0 ? (x.Low, x.LowWeight) : (x.High, x.HighWeight);
                    if (weightY * weightX != 0)
                        yield return (bin, pixelY * width + pixelX, sampleWeight * weightY * weightX);
                }
            }
    }

    // The samples in one direction, and their number in one bin.
    private (Sample[] Samples, int PerBin) Samples(float start, float end, float scale, int size)
    {
        float first = start * scale - (Aligned ? 0.5f : 0), length = end * scale - start * scale;
        if (!Aligned)
            length = Math.Max(length, 1);
        int perBin = SamplingRatio > 0 ? SamplingRatio : Math.Max(1, (int)Math.Ceiling(length / Size));
        float bin = length / Size;
        var samples = new Sample[Size * perBin];
        for (int i = 0; i < samples.Length; i++)
            samples[i] = Sample.At(first + i / perBin * bin + (i % perBin + 0.5f) * bin / perBin, size);
        return (samples, perBin);
    }

    // The two pixels that a sample lies between, and their weights, which are 0 if it lies more than a pixel outside of the map.
    private readonly record struct Sample(int Low, int High, float LowWeight, float HighWeight)
    {
        public static Sample At(float position, int size)
        {
            // Written so that NaN lies outside.
            if (!(position >= -1 && position <= size))
                return default;
            position = Math.Clamp(position, 0, size - 1);
            int low = (int)position;
            return new(low, Math.Min(low + 1, size - 1), 1 - (position - low), position - low);
        }
    }
}
