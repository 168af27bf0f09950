using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace TransferKit.Images;

/// <summary>
/// Resizing of 8-bit pixels exactly as Pillow does it (src/libImaging/Resample.c): separable, antialiased, horizontal pass first,
/// rounded to 8 bits in between, with 22-bit fixed-point coefficients. Only the asked-for part of the result is computed.
/// </summary>
public static class Resampler
{
    private const int PrecisionBits = 32 - 8 - 2;

    /// <summary>Resizes to <paramref name="width"/> x <paramref name="height"/> and returns a rectangle of the result.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rectangle is not within the result.</exception>
    public static Picture Resize(Picture picture, int width, int height, Interpolation interpolation, int left, int top, int cropWidth, int cropHeight)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentOutOfRangeException.ThrowIfNegative(left);
        ArgumentOutOfRangeException.ThrowIfNegative(top);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(left + cropWidth, width);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(top + cropHeight, height);
        var columns = new Taps(picture.Width, width, left, cropWidth, interpolation);
        var rows = new Taps(picture.Height, height, top, cropHeight, interpolation);
        // Pillow skips a pass that changes nothing; the taps are then single pixels of weight one, which gives the same levels.
        int first = rows.Start[0], last = rows.Start[^1] + rows.Count[^1];
        byte[] narrowed = new byte[4 * cropWidth * (last - first)];
        for (int y = first; y < last; y++)
            Horizontal(Pixels(picture.Rgba).Slice(y * picture.Width, picture.Width), columns,
                Pixels(narrowed).Slice((y - first) * cropWidth, cropWidth));
        byte[] result = new byte[4 * cropWidth * cropHeight];
        for (int y = 0; y < cropHeight; y++)
            Vertical(Pixels(narrowed), cropWidth, rows.Start[y] - first, rows.Coefficients(y),
                Pixels(result).Slice(y * cropWidth, cropWidth));
        return new Picture(cropWidth, cropHeight, result);
    }

    private static Span<uint> Pixels(byte[] rgba) => MemoryMarshal.Cast<byte, uint>(rgba.AsSpan());

    private static void Horizontal(ReadOnlySpan<uint> from, Taps taps, Span<uint> to)
    {
        for (int x = 0; x < to.Length; x++)
        {
            var sum = Vector128.Create(1 << (PrecisionBits - 1));
            var pixels = from.Slice(taps.Start[x], taps.Count[x]);
            var coefficients = taps.Coefficients(x);
            for (int k = 0; k < pixels.Length; k++)
                sum += Channels(pixels[k]) * coefficients[k];
            to[x] = Pack(sum);
        }
    }

    private static void Vertical(ReadOnlySpan<uint> from, int width, int start, ReadOnlySpan<int> coefficients, Span<uint> to)
    {
        for (int x = 0; x < to.Length; x++)
        {
            var sum = Vector128.Create(1 << (PrecisionBits - 1));
            int at = start * width + x;
            for (int k = 0; k < coefficients.Length; k++, at += width)
                sum += Channels(from[at]) * coefficients[k];
            to[x] = Pack(sum);
        }
    }

    private static Vector128<int> Channels(uint pixel) =>
        Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(pixel).AsByte())).AsInt32();

    private static uint Pack(Vector128<int> sum)
    {
        var level = Vector128.Min(Vector128.Max(sum >> PrecisionBits, Vector128<int>.Zero), Vector128.Create(255));
        return Vector128.Narrow(Vector128.Narrow(level, level), Vector128<short>.Zero).AsUInt32()[0];
    }

    // For each result pixel of a stretch, which source pixels it is made of, and how much of each.
    private sealed class Taps
    {
        private readonly int[] _coefficients;
        private readonly int _most;

        public Taps(int from, int to, int first, int count, Interpolation interpolation)
        {
            var (filter, radius) = interpolation == Interpolation.Bilinear ? (Triangle, 1.0) : ((Func<double, double>)Cubic, 2.0);
            double scale = (double)from / to, stretch = Math.Max(scale, 1), support = radius * stretch;
            _most = (int)Math.Ceiling(support) * 2 + 1;
            _coefficients = new int[count * _most];
            (Start, Count) = (new int[count], new int[count]);
            double[] weights = new double[_most];
            for (int i = 0; i < count; i++)
            {
                double center = (first + i + 0.5) * scale;
                int start = Math.Max((int)(center - support + 0.5), 0);
                int length = Math.Min((int)(center + support + 0.5), from) - start;
                double sum = 0;
                for (int k = 0; k < length; k++)
                    sum += weights[k] = filter((k + start - center + 0.5) * (1 / stretch));
                for (int k = 0; k < length; k++)
                    _coefficients[i * _most + k] = Fixed(sum == 0 ? weights[k] : weights[k] * (1 / sum));
                (Start[i], Count[i]) = (start, length);
            }
        }

        public int[] Start { get; }

        public int[] Count { get; }

        public ReadOnlySpan<int> Coefficients(int i) => _coefficients.AsSpan(i * _most, Count[i]);

        private static int Fixed(double weight) => (int)(weight * (1 << PrecisionBits) + (weight < 0 ? -0.5 : 0.5));

        private static readonly Func<double, double> Triangle = x => Math.Max(1 - Math.Abs(x), 0);

        private static double Cubic(double x) => Math.Abs(x) switch
        {
            < 1 => ((-0.5 + 2) * Math.Abs(x) - (-0.5 + 3)) * x * x + 1,
            < 2 => (((Math.Abs(x) - 5) * Math.Abs(x) + 8) * Math.Abs(x) - 4) * -0.5,
            _ => 0,
        };
    }
}
