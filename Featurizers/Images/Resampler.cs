using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace TransferKit.Images;

/// <summary>
/// Resizes 8-bit pixels exactly as Pillow does (src/libImaging/Resample.c): separable and antialiased, with the horizontal pass first,
/// 8-bit levels between the passes, and 22-bit fixed-point coefficients. Only the requested part of the result is computed.
/// </summary>
internal static class Resampler
{
    private const int PrecisionBits = 32 - 8 - 2;

    /// <summary>Resizes a picture to <paramref name="width"/> x <paramref name="height"/> and returns a rectangle of the result.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rectangle is not within the result.</exception>
    public static Picture Resize(Picture picture, int width, int height, Interpolation interpolation,
        int left, int top, int cropWidth, int cropHeight)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentOutOfRangeException.ThrowIfLessThan(cropWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(cropHeight, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(left);
        ArgumentOutOfRangeException.ThrowIfNegative(top);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(left + cropWidth, width);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(top + cropHeight, height);
        var columns = new Taps(picture.Width, width, left, cropWidth, interpolation);
        var rows = new Taps(picture.Height, height, top, cropHeight, interpolation);
        // Pillow skips a pass that changes nothing. Here the taps are then single pixels of weight 1, which gives the same levels.
        int first = rows.Start[0], last = rows.Start[^1] + rows.Count[^1];
        byte[] narrowed = ArrayPool<byte>.Shared.Rent(4 * cropWidth * (last - first));
        byte[] result = GC.AllocateUninitializedArray<byte>(4 * cropWidth * cropHeight);
        for (int y = first; y < last; y++)
            Horizontal(Pixels(picture.Rgba).Slice(y * picture.Width, picture.Width), columns,
                Pixels(narrowed).Slice((y - first) * cropWidth, cropWidth));
        for (int y = 0; y < cropHeight; y++)
            Vertical(Pixels(narrowed), cropWidth, rows.Start[y] - first, rows.Coefficients(y),
                Pixels(result).Slice(y * cropWidth, cropWidth));
        ArrayPool<byte>.Shared.Return(narrowed);
        return new Picture(cropWidth, cropHeight, result);
    }

    private static Span<uint> Pixels(byte[] rgba) => MemoryMarshal.Cast<byte, uint>(rgba.AsSpan());

    // Handles two source pixels at a time: the lower half of the vector sums the even taps, the upper half the odd ones.
    private static void Horizontal(ReadOnlySpan<uint> source, Taps taps, Span<uint> destination)
    {
        ref uint pixels = ref MemoryMarshal.GetReference(source);
        for (int x = 0; x < destination.Length; x++)
        {
            var sum = Vector256<int>.Zero;
            int start = taps.Start[x], count = taps.Count[x], k = 0;
            ref int coefficients = ref MemoryMarshal.GetReference(taps.Coefficients(x));
            for (; k + 1 < count; k += 2)
            {
                var even = Vector128.Create(Unsafe.Add(ref coefficients, k));
                var odd = Vector128.Create(Unsafe.Add(ref coefficients, k + 1));
                sum += LoadTwo(ref Unsafe.Add(ref pixels, start + k)) * Vector256.Create(even, odd);
            }
            var channels = sum.GetLower() + sum.GetUpper();
            if (k < count)
                channels += Load(Unsafe.Add(ref pixels, start + k)) * Unsafe.Add(ref coefficients, k);
            destination[x] = Pack(channels);
        }
    }

    // Handles two pixels of the result at a time.
    private static void Vertical(ReadOnlySpan<uint> source, int width, int start, ReadOnlySpan<int> coefficients, Span<uint> destination)
    {
        ref uint pixels = ref Unsafe.Add(ref MemoryMarshal.GetReference(source), start * width);
        int x = 0;
        for (; x + 1 < destination.Length; x += 2)
        {
            var sum = Vector256<int>.Zero;
            for (int k = 0; k < coefficients.Length; k++)
                sum += LoadTwo(ref Unsafe.Add(ref pixels, k * width + x)) * coefficients[k];
            (destination[x], destination[x + 1]) = (Pack(sum.GetLower()), Pack(sum.GetUpper()));
        }
        if (x < destination.Length)
        {
            var sum = Vector128<int>.Zero;
            for (int k = 0; k < coefficients.Length; k++)
                sum += Load(Unsafe.Add(ref pixels, k * width + x)) * coefficients[k];
            destination[x] = Pack(sum);
        }
    }

    private static Vector128<int> Load(uint pixel) =>
        Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(pixel).AsByte())).AsInt32();

    private static Vector256<int> LoadTwo(ref uint pixels)
    {
        var bytes = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(ref Unsafe.As<uint, byte>(ref pixels))).AsByte();
        if (Avx2.IsSupported)
            return Avx2.ConvertToVector256Int32(bytes);
        var shorts = Vector128.WidenLower(bytes);
        return Vector256.Create(Vector128.WidenLower(shorts), Vector128.WidenUpper(shorts)).AsInt32();
    }

    private static uint Pack(Vector128<int> sum)
    {
        // Half a level is added before the fraction is dropped, which rounds to the nearest level.
        var level = (sum + Vector128.Create(1 << (PrecisionBits - 1))) >> PrecisionBits;
        level = Vector128.Min(Vector128.Max(level, Vector128<int>.Zero), Vector128.Create(255));
        return Vector128.Narrow(Vector128.Narrow(level, level), Vector128<short>.Zero).AsUInt32()[0];
    }

    // The source pixels of each result pixel in a range, and the weight of each source pixel.
    private sealed class Taps
    {
        private readonly int[] _coefficients;
        private readonly int _maxCount;

        public Taps(int sourceLength, int resultLength, int first, int count, Interpolation interpolation)
        {
            var (filter, radius) = interpolation == Interpolation.Bilinear ? (Triangle, 1.0) : ((Func<double, double>)Cubic, 2.0);
            double scale = (double)sourceLength / resultLength, stretch = Math.Max(scale, 1), support = radius * stretch;
            _maxCount = (int)Math.Ceiling(support) * 2 + 1;
            _coefficients = new int[count * _maxCount];
            (Start, Count) = (new int[count], new int[count]);
            double[] weights = new double[_maxCount];
            for (int i = 0; i < count; i++)
            {
                double center = (first + i + 0.5) * scale;
                int start = Math.Max((int)(center - support + 0.5), 0);
                int length = Math.Min((int)(center + support + 0.5), sourceLength) - start;
                double sum = 0;
                for (int k = 0; k < length; k++)
                    sum += weights[k] = filter((k + start - center + 0.5) * (1 / stretch));
                for (int k = 0; k < length; k++)
                    _coefficients[i * _maxCount + k] = Fixed(sum == 0 ? weights[k] : weights[k] * (1 / sum));
                (Start[i], Count[i]) = (start, length);
            }
        }

        public int[] Start { get; }

        public int[] Count { get; }

        public ReadOnlySpan<int> Coefficients(int i) => _coefficients.AsSpan(i * _maxCount, Count[i]);

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
