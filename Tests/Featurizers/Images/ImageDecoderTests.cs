using System.Text;
using SkiaSharp;
using TransferKit.Images;

namespace TransferKit.Tests.Featurizers.Images;

public sealed class ImageDecoderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // An image of 16 x 8 pixels whose quarters are red, green, blue and white, clockwise from the top left.
    private static byte[] Quarters(SKEncodedImageFormat format)
    {
        using var bitmap = new SKBitmap(16, 8);
        for (int y = 0; y < 8; y++)
            for (int x = 0; x < 16; x++)
                bitmap.SetPixel(x, y, (x < 8, y < 4) switch
                {
                    (true, true) => SKColors.Red,
                    (false, true) => SKColors.Lime,
                    (false, false) => SKColors.Blue,
                    _ => SKColors.White,
                });
        using var data = bitmap.Encode(format, 100);
        return data.ToArray();
    }

    private static string Corners(Picture picture)
    {
        char ColorAt(int x, int y)
        {
            var pixel = picture.Pixels.Slice(4 * (y * picture.Width + x), 3);
            return (pixel[0] > 128, pixel[1] > 128, pixel[2] > 128) switch
            {
                (true, true, true) => 'w',
                (true, false, false) => 'r',
                (false, true, false) => 'g',
                (false, false, true) => 'b',
                _ => '?',
            };
        }
        int right = picture.Width - 2, bottom = picture.Height - 2;
        return $"{picture.Width}x{picture.Height} {ColorAt(1, 1)}{ColorAt(right, 1)}{ColorAt(right, bottom)}{ColorAt(1, bottom)}";
    }

    [Theory]
    [InlineData(1, "16x8 rgbw")]
    [InlineData(2, "16x8 grwb")]
    [InlineData(3, "16x8 bwrg")]
    [InlineData(4, "16x8 wbgr")]
    [InlineData(5, "8x16 rwbg")]
    [InlineData(6, "8x16 wrgb")]
    [InlineData(7, "8x16 bgrw")]
    [InlineData(8, "8x16 gbwr")]
    public void The_EXIF_orientation_is_applied(byte orientation, string corners)
    {
        byte[] turned = WithOrientation(Quarters(SKEncodedImageFormat.Jpeg), orientation);
        Assert.Equal(corners, Corners(ImageDecoder.Decode(turned)));
    }

    // Adds an APP1 segment with a TIFF header and one entry, the orientation.
    private static byte[] WithOrientation(byte[] jpeg, byte orientation)
    {
        byte[] entry = [0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0];
        byte[] exif = [0xff, 0xe1, 0, 34, .. "Exif\0\0"u8, .. "II"u8, 42, 0, 8, 0, 0, 0, 1, 0, .. entry, 0, 0, 0, 0];
        return [.. jpeg[..2], .. exif, .. jpeg[2..]];
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void Formats_are_recognized_by_content(SKEncodedImageFormat format)
    {
        string path = _folder.File("image.dat");
        File.WriteAllBytes(path, Quarters(format));
        Assert.Equal("16x8 rgbw", Corners(ImageDecoder.Decode(path)));
        Assert.Equal(format.ToString(), ImageDecoder.Verify(path));
    }

    [Theory]
    // An eighth of the image is 1.5 times as large as 32 x 32 pixels; then a half, and no smaller one.
    [InlineData(384, 32, 8)]
    [InlineData(384, 33, 4)]
    [InlineData(384, 128, 2)]
    [InlineData(384, 129, 1)]
    public void Fast_decoding_gives_nearly_the_crop_of_a_smaller_image(int size, int resize, int divisor)
    {
        byte[] jpeg = Waves(SKEncodedImageFormat.Jpeg, size);
        var exact = Preprocessing.ImageNet with { Resize = resize, Crop = resize };
        var fast = exact with { Decoding = Decoding.Fast };
        var expected = new ImageSource(jpeg).ResizeAndCrop(exact).Pixels;
        var actual = new ImageSource(jpeg).ResizeAndCrop(fast).Pixels;
        int largest = 0;
        for (int i = 0; i < expected.Length; i++)
            largest = Math.Max(largest, Math.Abs(expected[i] - actual[i]));
        Assert.InRange(largest, divisor == 1 ? 0 : 1, divisor == 1 ? 0 : 24);
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void Other_formats_are_decoded_exactly(SKEncodedImageFormat format)
    {
        byte[] image = Waves(format, 256);
        var exact = Preprocessing.ImageNet with { Resize = 16, Crop = 16 };
        Assert.Equal(new ImageSource(image).ResizeAndCrop(exact).Pixels.ToArray(),
            new ImageSource(image).ResizeAndCrop(exact with { Decoding = Decoding.Fast }).Pixels.ToArray());
    }

    [Fact]
    public void Fast_decoding_turns_images_upright_and_refuses_truncated_ones()
    {
        byte[] jpeg = Waves(SKEncodedImageFormat.Jpeg, 256);
        var fast = Preprocessing.ImageNet with { Resize = 16, Crop = 16, Decoding = Decoding.Fast };
        var upright = new ImageSource(jpeg).ResizeAndCrop(fast).Pixels;
        var turned = new ImageSource(WithOrientation(jpeg, 6)).ResizeAndCrop(fast).Pixels;
        // The first row of the turned image is the first column of the other from the bottom up.
        for (int i = 0; i < 16; i++)
            Assert.Equal(upright[4 * 16 * (15 - i)], turned[4 * i], tolerance: 2.0);
        Assert.Throws<ImageFormatException>(() => new ImageSource(jpeg[..^600]).ResizeAndCrop(fast));
    }

    // A square picture with waves in two directions.
    private static byte[] Waves(SKEncodedImageFormat format, int size)
    {
        using var bitmap = new SKBitmap(size, size);
        for (int y = 0; y < size; y++)
            for (int x = 0; x < size; x++)
                bitmap.SetPixel(x, y, new SKColor(Level(x, 40), Level(y, 25), Level(x + y, 60)));
        using var data = bitmap.Encode(format, 90);
        return data.ToArray();

        static byte Level(int position, int length) => (byte)(128 + 100 * Math.Sin(2 * Math.PI * position / length));
    }

    [Fact]
    public void Gray_and_transparent_images_become_RGB()
    {
        using var gray = new SKBitmap(new SKImageInfo(4, 4, SKColorType.Gray8));
        gray.Erase(new SKColor(100, 100, 100));
        using var encoded = gray.Encode(SKEncodedImageFormat.Png, 100);
        Assert.Equal([100, 100, 100], ImageDecoder.Decode(encoded.ToArray()).Pixels[..3].ToArray());

        // Pillow's convert("RGB") drops alpha and leaves the colors as they are.
        using var clear = new SKBitmap(new SKImageInfo(4, 4, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        clear.Erase(new SKColor(200, 100, 50, 128));
        using var png = clear.Encode(SKEncodedImageFormat.Png, 100);
        Assert.Equal([200, 100, 50], ImageDecoder.Decode(png.ToArray()).Pixels[..3].ToArray());
    }

    [Fact]
    public void A_truncated_or_foreign_file_is_named_with_the_reason()
    {
        byte[] jpeg = Quarters(SKEncodedImageFormat.Jpeg);
        Expect("cut.jpg", jpeg[..^60], "the JPEG is truncated");
        Expect("text.jpg", "not a photograph"u8.ToArray(), "not an image (JPEG, PNG, WebP, BMP or GIF is read)");
        Expect("empty.jpg", [], "the file is empty");
        var missing = Assert.Throws<ImageFormatException>(() => ImageDecoder.Decode(_folder.File("gone.jpg")));
        Assert.Contains("gone.jpg", missing.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("II*\0", "TIFF")]
    [InlineData("MM\0*", "TIFF")]
    [InlineData("II+\0", "TIFF")]
    [InlineData("\0\0\0\u0018ftypheic", "HEIC")]
    [InlineData("\0\0\0\u0018ftypmif1", "HEIC")]
    [InlineData("\0\0\0\u0018ftypavif", "AVIF")]
    public void A_format_that_is_not_supported_is_named(string start, string format) =>
        Expect("photo.jpg", [.. Encoding.Latin1.GetBytes(start), .. new byte[100]],
            $"{format} is not supported; convert it to JPEG or PNG");

    [Theory]
    [InlineData("\0\0\0\u0018ftypisom")]
    [InlineData("II")]
    public void Other_files_are_no_images(string start) =>
        Expect("video.mp4", Encoding.Latin1.GetBytes(start), "not an image (JPEG, PNG, WebP, BMP or GIF is read)");

    [Fact]
    public void A_file_that_claims_too_many_pixels_is_refused_before_memory_is_reserved()
    {
        byte[] png = Quarters(SKEncodedImageFormat.Png);
        // IHDR with 32769 x 32768 pixels, whose number of bytes overflows 32 bits, and its checksum.
        new byte[] { 0, 0, 0x80, 1, 0, 0, 0x80, 0 }.CopyTo(png, 16);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), Crc(png.AsSpan(12, 17)));
        Expect("huge.png", png, "32769 x 32768 pixels are more than the limit of 178956970");
        var empty = Assert.Throws<ImageFormatException>(() => ImageDecoder.Decode(""));
        Assert.StartsWith("An empty path", empty.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_too_thin_to_be_resized_is_refused()
    {
        var line = new Picture(9_000_000, 1, new byte[36_000_000]);
        var error = Assert.Throws<ImageFormatException>(() => Preprocessing.ImageNet.ResizeAndCrop(line));
        Assert.Contains("9000000 x 1 pixels is too thin", error.Message, StringComparison.Ordinal);
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int i = 0; i < 8; i++)
                crc = (crc >> 1) ^ (0xEDB88320 & (0 - (crc & 1)));
        }
        return ~crc;
    }

    private void Expect(string name, byte[] content, string reason)
    {
        string path = _folder.File(name);
        File.WriteAllBytes(path, content);
        Assert.Equal($"{path}: {reason}.", Assert.Throws<ImageFormatException>(() => ImageDecoder.Decode(path)).Message);
        Assert.Equal($"{path}: {reason}.", Assert.Throws<ImageFormatException>(() => ImageDecoder.Verify(path)).Message);
    }
}
