using System.Security.Cryptography;
using System.Text.Json;
using TransferKit.Images;

namespace TransferKit.Tests.Featurizers.Images;

public class ResamplerTests
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public sealed record Case(int Width, int Height, int ToWidth, int ToHeight, string Interpolation, string Sha256);

    public static TheoryData<Case> Cases =>
        [.. JsonSerializer.Deserialize<Case[]>(File.ReadAllText(ReferenceFile.Path("resize.json")), Options)!];

    [Theory, MemberData(nameof(Cases))]
    public void Every_level_equals_Pillows(Case expected)
    {
        Assert.NotNull(expected);
        byte[] pixels = new byte[4 * expected.Width * expected.Height];
        for (int i = 0; i < pixels.Length; i++)
        {
            int c = i % 4, x = i / 4 % expected.Width, y = i / 4 / expected.Width;
            pixels[i] = (byte)(x * (3 + c) + y * (5 - c) + x * y / 7 + 40 * ((x / 9 + y / 5) % 3));
        }
        var interpolation = Enum.Parse<Interpolation>(expected.Interpolation);
        var picture = new Picture(expected.Width, expected.Height, pixels);
        var resized = Resampler.Resize(picture, expected.ToWidth, expected.ToHeight, interpolation,
            0, 0, expected.ToWidth, expected.ToHeight);
        byte[] rgb = [.. Enumerable.Range(0, expected.ToWidth * expected.ToHeight * 3).Select(i => resized.Pixels[i / 3 * 4 + i % 3])];
        Assert.Equal(expected.Sha256, Convert.ToHexStringLower(SHA256.HashData(rgb)));

        // A rectangle of the result equals the same rectangle of the whole result.
        int width = expected.ToWidth / 2, height = expected.ToHeight / 2;
        var part = Resampler.Resize(picture, expected.ToWidth, expected.ToHeight, interpolation, 1, 2, width, height);
        for (int y = 0; y < height; y++)
        {
            var expectedRow = resized.Pixels.Slice(4 * ((y + 2) * expected.ToWidth + 1), 4 * width);
            Assert.True(part.Pixels.Slice(4 * y * width, 4 * width).SequenceEqual(expectedRow));
        }
    }

    [Fact]
    public void Crops_of_real_photos_equal_torchvisions()
    {
        string crops = RealData.Path("reference/photos"), photos = RealData.Path("data/hymenoptera/val");
        string[] files = Directory.GetFiles(crops, "*.png");
        Assert.NotEmpty(files);
        foreach (string file in files)
        {
            string name = Path.GetFileNameWithoutExtension(file) + ".jpg";
            string photo = Directory.GetFiles(photos, name, SearchOption.AllDirectories).Single();
            var actual = Preprocessing.ImageNet.ResizeAndCrop(ImageDecoder.Decode(photo));
            var expected = ImageDecoder.Decode(file);
            Assert.True(expected.Pixels.SequenceEqual(Opaque(actual).Pixels), photo);
        }
    }

    [Fact]
    public void Normalization_equals_torchvisions()
    {
        var picture = new Picture(2, 2, [0, 128, 255, 255, 10, 20, 30, 255, 40, 50, 60, 255, 70, 80, 90, 255]);
        float[] values = new float[12];
        (Preprocessing.ImageNet with { Resize = 2, Crop = 2 }).Apply(new ImageSource(picture), values);
        Assert.Equal((0 / 255.0 - 0.485) / 0.229, values[0], 5);
        Assert.Equal((128 / 255.0 - 0.456) / 0.224, values[4], 5);
        Assert.Equal((255 / 255.0 - 0.406) / 0.225, values[8], 5);
        Assert.Equal((90 / 255.0 - 0.406) / 0.225, values[11], 5);
    }

    private static Picture Opaque(Picture picture)
    {
        byte[] pixels = picture.Pixels.ToArray();
        for (int i = 3; i < pixels.Length; i += 4)
            pixels[i] = 255;
        return new Picture(picture.Width, picture.Height, pixels);
    }
}
