using System.Security.Cryptography;

namespace TransferKit.Images;

/// <summary>An image that is yet to be decoded: a file, a file's content, or pixels, possibly cropped already.</summary>
public readonly record struct ImageSource
{
    private readonly string? _path;
    private readonly byte[]? _bytes;
    private readonly Picture? _picture;
    private readonly bool _isCropped;

    /// <summary>An image file.</summary>
    public ImageSource(string path) => _path = path;

    /// <summary>The content of an image file.</summary>
    public ImageSource(byte[] bytes) => _bytes = bytes;

    /// <summary>Pixels; cropped where the preprocessing's resize and crop have been done.</summary>
    public ImageSource(Picture picture, bool isCropped = false) => (_picture, _isCropped) = (picture, isCropped);

    /// <summary>The file, where it is one.</summary>
    internal string? Path => _path;

    /// <summary>The pixels.</summary>
    /// <exception cref="ImageFormatException">It is no readable image.</exception>
    public Picture Decode() => _picture ?? (_bytes is not null ? ImageDecoder.Decode(_bytes) : ImageDecoder.Decode(_path ?? ""));

    /// <summary>Width and height in pixels as they are stored, which are read from the header alone.</summary>
    /// <exception cref="ImageFormatException">It is no readable image.</exception>
    public (int Width, int Height) ReadSize() =>
        _picture is not null ? (_picture.Width, _picture.Height)
        : _bytes is not null ? ImageDecoder.ReadSize(_bytes, "the image")
        : ImageDecoder.ReadSize(ImageDecoder.ReadFile(_path ?? ""), _path ?? "");

    /// <summary>SHA-256 of what is in it.</summary>
    internal byte[] Hash() => SHA256.HashData(_picture is not null ? _picture.Pixels : _bytes ?? File.ReadAllBytes(_path ?? ""));

    internal Picture CropBy(Preprocessing preprocessing) =>
        _picture is not null ? _isCropped ? _picture : preprocessing.CropOf(_picture)
        : _bytes is not null ? ImageDecoder.DecodeAndCrop(_bytes, "the image", preprocessing)
        : ImageDecoder.DecodeAndCrop(_path ?? "", preprocessing);
}
