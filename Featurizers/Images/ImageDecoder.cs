using System.Buffers;
using SkiaSharp;

namespace TransferKit.Images;

/// <summary>
/// Decodes JPEG, PNG, WebP, BMP and the first frame of GIF to RGB, by Skia. The EXIF orientation is applied and alpha is dropped.
/// </summary>
public static class ImageDecoder
{
    // Pillow's limit. A file of a few bytes can claim any size, and the decoder would reserve that much memory.
    private const long MaxPixels = 178_956_970;

    /// <summary>Decodes a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ImageFormatException">The file is not a readable image; the message names the file and the reason.</exception>
    public static Picture Decode(string path) => Decode(ReadFile(path), path);

    /// <summary>Decodes the content of a file.</summary>
    /// <param name="bytes">The content of an image file.</param>
    /// <param name="name">The name of the image in error messages.</param>
    /// <exception cref="ImageFormatException">The bytes are not a readable image.</exception>
    public static Picture Decode(ReadOnlyMemory<byte> bytes, string name = "the image") =>
        Decode(bytes, name, size => GC.AllocateUninitializedArray<byte>(size), preprocessing: null);

    /// <summary>Decodes a whole file at the smallest scale that its format allows, to check that it can be read.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The format's name, such as <c>Jpeg</c> or <c>Gif</c>.</returns>
    /// <exception cref="ImageFormatException">The file is not a readable image.</exception>
    public static string Verify(string path)
    {
        byte[] bytes = ReadFile(path);
        using var data = SKData.CreateCopy(bytes);
        using var codec = Open(data, path);
        var size = codec.GetScaledDimensions(0.125f);
        var info = new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        Read(codec, info, GC.AllocateUninitializedArray<byte>(info.BytesSize), path);
        return codec.EncodedFormat.ToString();
    }

    /// <summary>
    /// Decodes an image into pooled memory, then resizes and crops it. A photograph has megabytes of pixels, its crop has not.
    /// </summary>
    internal static Picture DecodeAndCrop(ReadOnlyMemory<byte> bytes, string name, Preprocessing preprocessing)
    {
        byte[] rented = [];
        try
        {
            return Decode(bytes, name, size => rented = ArrayPool<byte>.Shared.Rent(size), preprocessing);
        }
        finally
        {
            if (rented.Length > 0)
                ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Reads width and height as they are stored, without decoding the pixels.</summary>
    internal static (int Width, int Height) ReadSize(ReadOnlyMemory<byte> bytes, string name)
    {
        using var data = SKData.CreateCopy(bytes.Span);
        using var codec = Open(data, name);
        return (codec.Info.Width, codec.Info.Height);
    }

    /// <summary>Reads the bytes of a file.</summary>
    /// <exception cref="ImageFormatException">The file cannot be read.</exception>
    internal static byte[] ReadFile(string path)
    {
        if (Directory.Exists(path))
            throw new ImageFormatException($"{path}: this is a folder; it must be an image file.");
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ImageFormatException($"{(path.Length == 0 ? "An empty path" : path)}: {e.Message}", e);
        }
    }

    private static Picture Decode(ReadOnlyMemory<byte> bytes, string name, Func<int, byte[]> allocate, Preprocessing? preprocessing)
    {
        using var data = SKData.CreateCopy(bytes.Span);
        using var codec = Open(data, name);
        // Unpremultiplied and without a color space: the levels as they are stored, as Pillow returns them.
        var size = DecodedSize(codec, preprocessing);
        var info = new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        byte[] pixels = allocate(info.BytesSize);
        Read(codec, info, pixels, name);
        var upright = Orientation.Apply(new Picture(info.Width, info.Height, pixels), codec.EncodedOrigin);
        return preprocessing?.ResizeAndCrop(upright) ?? upright;
    }

    // The sizes at which every decoder of JPEG computes a picture from parts of its coefficients.
    private static SKSizeI DecodedSize(SKCodec codec, Preprocessing? preprocessing)
    {
        if (preprocessing?.Decoding == Decoding.Fast && codec.EncodedFormat == SKEncodedImageFormat.Jpeg)
            foreach (float scale in new[] { 1 / 8f, 1 / 4f, 1 / 2f })
                if (codec.GetScaledDimensions(scale) is var size && preprocessing.IsLargeEnough(size.Width, size.Height))
                    return size;
        return codec.Info.Size;
    }

    private static SKCodec Open(SKData data, string name)
    {
        if (SKCodec.Create(data) is not { } codec)
            throw new ImageFormatException($"{name}: {WhyUnreadable(data.AsSpan())}");
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        if ((long)width * height <= MaxPixels)
            return codec;
        codec.Dispose();
        throw new ImageFormatException($"{name}: {width} x {height} pixels are more than the limit of {MaxPixels}.");
    }

    private static string WhyUnreadable(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return "the file is empty.";
        return UnsupportedFormat.Name(bytes) is { } format
            ? $"{format} is not supported; convert it to JPEG or PNG."
            : "not an image (JPEG, PNG, WebP, BMP or GIF is read).";
    }

    private static unsafe void Read(SKCodec codec, SKImageInfo info, byte[] pixels, string name)
    {
        SKCodecResult result;
        fixed (byte* p = pixels)
            result = codec.GetPixels(info, (nint)p);
        string format = codec.EncodedFormat.ToString().ToUpperInvariant();
        if (result == SKCodecResult.IncompleteInput)
            throw new ImageFormatException($"{name}: the {format} is truncated.");
        if (result != SKCodecResult.Success)
            throw new ImageFormatException($"{name}: the {format} cannot be decoded ({result}).");
    }
}
