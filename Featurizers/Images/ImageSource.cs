using System.Security.Cryptography;

namespace TransferKit.Images;

/// <summary>An image that is decoded when it is needed: a file, the content of a file, or pixels that may already be cropped.</summary>
public readonly record struct ImageSource
{
    private readonly string? _path;
    private readonly byte[]? _bytes;
    private readonly Picture? _picture;
    private readonly bool _isCropped;

    /// <summary>Creates an image from a file.</summary>
    /// <param name="path">The file.</param>
    public ImageSource(string path) => _path = path;

    /// <summary>Creates an image from the content of an image file.</summary>
    /// <param name="bytes">The content.</param>
    public ImageSource(byte[] bytes) => _bytes = bytes;

    /// <summary>Creates an image from pixels.</summary>
    /// <param name="picture">The pixels.</param>
    /// <param name="isCropped">Whether the pixels have been resized and cropped by the preprocessing already.</param>
    public ImageSource(Picture picture, bool isCropped = false) => (_picture, _isCropped) = (picture, isCropped);

    /// <summary>The file, or null if the image was created from bytes or pixels.</summary>
    public string? Path => _path;

    /// <summary>Returns the content of the image file; pixels become the content of a PNG file.</summary>
    /// <exception cref="ImageFormatException">The file cannot be read.</exception>
    public byte[] Encode() => _picture is not null ? ImageEncoder.Png(_picture) : ReadEncoded().Bytes;

    /// <summary>Decodes the image.</summary>
    /// <exception cref="ImageFormatException">It is not a readable image.</exception>
    public Picture Decode()
    {
        if (_picture is not null)
            return _picture;
        var (bytes, name) = ReadEncoded();
        return ImageDecoder.Decode(bytes, name);
    }

    /// <summary>Reads width and height in pixels as they are stored. Only the header of a file is decoded.</summary>
    /// <exception cref="ImageFormatException">It is not a readable image.</exception>
    public (int Width, int Height) ReadSize()
    {
        if (_picture is not null)
            return (_picture.Width, _picture.Height);
        var (bytes, name) = ReadEncoded();
        return ImageDecoder.ReadSize(bytes, name);
    }

    /// <summary>Decodes the image, then resizes and crops it unless that has been done already.</summary>
    /// <param name="preprocessing">The sizes and the interpolation.</param>
    /// <exception cref="ImageFormatException">It is not a readable image, or too thin to be resized.</exception>
    public Picture ResizeAndCrop(Preprocessing preprocessing)
    {
        ArgumentNullException.ThrowIfNull(preprocessing);
        if (_picture is not null)
            return _isCropped ? _picture : preprocessing.ResizeAndCrop(_picture);
        var (bytes, name) = ReadEncoded();
        return ImageDecoder.DecodeAndCrop(bytes, name, preprocessing);
    }

    /// <summary>Computes the SHA-256 of the file's content, or of the pixels.</summary>
    internal byte[] Hash()
    {
        if (_picture is not null)
            return SHA256.HashData(_picture.Pixels);
        return SHA256.HashData(_bytes ?? File.ReadAllBytes(_path ?? ""));
    }

    private (byte[] Bytes, string Name) ReadEncoded()
    {
        if (_bytes is not null)
            return (_bytes, "the image");
        string path = _path ?? "";
        return (ImageDecoder.ReadFile(path), path);
    }
}
