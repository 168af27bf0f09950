using System.Buffers;
using SkiaSharp;

namespace TransferKit.Images;

/// <summary>Decodes JPEG, PNG, WebP, BMP and the first frame of GIF by Skia; the EXIF orientation is applied, alpha dropped.</summary>
public static class ImageDecoder
{
    // Pillow's limit. A file of a few bytes can claim any size, and the decoder would be given the memory.
    private const long MostPixels = 178_956_970;

    /// <summary>Decodes a file.</summary>
    /// <exception cref="ImageFormatException">It is no readable image; the message names the file and says why.</exception>
    public static Picture Decode(string path) => Decode(ReadFile(path), path);

    /// <summary>Decodes encoded bytes.</summary>
    /// <param name="bytes">The content of an image file.</param>
    /// <param name="name">What to call it in a message.</param>
    /// <exception cref="ImageFormatException">They are no readable image.</exception>
    public static Picture Decode(ReadOnlyMemory<byte> bytes, string name = "the image") =>
        Decode(bytes, name, size => GC.AllocateUninitializedArray<byte>(size), picture => picture);

    /// <summary>Decodes a file into memory that is used again, and crops it: photographs are megabytes, their crops are not.</summary>
    internal static Picture DecodeAndCrop(string path, Preprocessing preprocessing) => DecodeAndCrop(ReadFile(path), path, preprocessing);

    /// <inheritdoc cref="DecodeAndCrop(string, Preprocessing)"/>
    internal static Picture DecodeAndCrop(ReadOnlyMemory<byte> bytes, string name, Preprocessing preprocessing)
    {
        byte[] rented = [];
        try
        {
            return Decode(bytes, name, size => rented = ArrayPool<byte>.Shared.Rent(size), preprocessing.CropOf);
        }
        finally
        {
            if (rented.Length > 0)
                ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static Picture Decode(ReadOnlyMemory<byte> bytes, string name, Func<int, byte[]> allocate, Func<Picture, Picture> then)
    {
        using var data = SKData.CreateCopy(bytes.Span);
        using var codec = Open(data, bytes.Length, name);
        // Unpremultiplied and without a color space: the levels as they are stored, as Pillow gives them.
        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        byte[] pixels = allocate(info.BytesSize);
        Read(codec, info, pixels, name);
        return then(Orientation.Apply(new Picture(info.Width, info.Height, pixels), codec.EncodedOrigin));
    }

    /// <summary>Reads a whole file as <see cref="Decode(string)"/> would, but as small as its format allows, and tells its format.</summary>
    /// <returns>The format's name, such as <c>Jpeg</c> or <c>Gif</c>.</returns>
    /// <exception cref="ImageFormatException">It is no readable image.</exception>
    public static string Verify(string path)
    {
        byte[] bytes = ReadFile(path);
        using var data = SKData.CreateCopy(bytes);
        using var codec = Open(data, bytes.Length, path);
        var size = codec.GetScaledDimensions(0.125f);
        var info = new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        Read(codec, info, GC.AllocateUninitializedArray<byte>(info.BytesSize), path);
        return codec.EncodedFormat.ToString();
    }

    /// <summary>Width and height as they are stored; the pixels are not read.</summary>
    internal static (int Width, int Height) ReadSize(ReadOnlyMemory<byte> bytes, string name)
    {
        using var data = SKData.CreateCopy(bytes.Span);
        using var codec = Open(data, bytes.Length, name);
        return (codec.Info.Width, codec.Info.Height);
    }

    internal static byte[] ReadFile(string path)
    {
        if (Directory.Exists(path))
            throw new ImageFormatException($"{path}: a folder; the name of an image file is needed.");
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ImageFormatException($"{(path.Length == 0 ? "An empty path" : path)}: {e.Message}", e);
        }
    }

    private static SKCodec Open(SKData data, int length, string name)
    {
        var codec = SKCodec.Create(data) ?? throw new ImageFormatException(
            length == 0 ? $"{name}: the file is empty." : $"{name}: not an image (JPEG, PNG, WebP, BMP or GIF is read).");
        if ((long)codec.Info.Width * codec.Info.Height <= MostPixels)
            return codec;
        using (codec)
            throw new ImageFormatException($"{name}: {codec.Info.Width} x {codec.Info.Height} pixels are more than the {MostPixels} that are read.");
    }

    private static unsafe void Read(SKCodec codec, SKImageInfo info, byte[] pixels, string name)
    {
        SKCodecResult result;
        fixed (byte* p = pixels)
            result = codec.GetPixels(info, (nint)p);
        if (result == SKCodecResult.IncompleteInput)
            throw new ImageFormatException($"{name}: the {codec.EncodedFormat} image is cut short.");
        if (result != SKCodecResult.Success)
            throw new ImageFormatException($"{name}: the {codec.EncodedFormat} image cannot be decoded ({result}).");
    }
}

/// <summary>A file is no readable image.</summary>
public sealed class ImageFormatException(string message, Exception? inner = null) : Exception(message, inner);
