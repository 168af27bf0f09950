using TransferKit.Detection;
using TransferKit.Images;

namespace TransferKit.Tests.Featurizers.Images;

public class PreprocessingTests
{
    [Fact]
    public void Equal_values_make_equal_preprocessing()
    {
        var preprocessing = Preprocessing.ImageNet with { Mean = [0.485f, 0.456f, 0.406f], Std = [0.229f, 0.224f, 0.225f] };
        Assert.NotSame(Preprocessing.ImageNet.Mean, preprocessing.Mean);
        Assert.Equal(Preprocessing.ImageNet, preprocessing);
        Assert.True(Preprocessing.ImageNet == preprocessing);
        Assert.Equal(Preprocessing.ImageNet.GetHashCode(), preprocessing.GetHashCode());
    }

    public static TheoryData<Preprocessing> Others =>
    [
        Preprocessing.ImageNet with { Resize = 257 },
        Preprocessing.ImageNet with { Crop = 223 },
        Preprocessing.ImageNet with { Interpolation = Interpolation.Bicubic },
        Preprocessing.ImageNet with { Mean = [0.485f, 0.456f, 0.405f] },
        Preprocessing.ImageNet with { Std = [0.229f, 0.224f, 0.226f] },
        Preprocessing.ImageNet.WithInceptionNormalization(),
        Preprocessing.ImageNet with { ChannelOrder = ChannelOrder.Bgr },
        Preprocessing.ImageNet with { CropMode = CropMode.Squash },
        Preprocessing.ImageNet with { Decoding = Decoding.Fast },
    ];

    [Theory, MemberData(nameof(Others))]
    public void Another_value_makes_another_preprocessing(Preprocessing other)
    {
        Assert.NotEqual(Preprocessing.ImageNet, other);
        Assert.True(Preprocessing.ImageNet != other);
    }

    public static TheoryData<Preprocessing, string> Invalid => new()
    {
        {
            Preprocessing.ImageNet with { Crop = 257 },
            "A crop of 257 pixels from an image resized to 256 is invalid: it must be from 1 to 256."
        },
        {
            Preprocessing.ImageNet with { Mean = [0.5f] },
            "A mean of (0.5) is invalid: it must be three values, one for each channel."
        },
        {
            Preprocessing.ImageNet with { Std = [1, 0, 1] },
            "A standard deviation of (1, 0, 1) is invalid: it must be three values above 0, one for each channel."
        },
        { Preprocessing.ImageNet with { ChannelOrder = (ChannelOrder)7 }, "A channel order of 7 is invalid: it must be Rgb or Bgr." },
        { Preprocessing.ImageNet with { CropMode = (CropMode)7 }, "A crop mode of 7 is invalid: it must be Center or Squash." },
        { Preprocessing.ImageNet with { Decoding = (Decoding)7 }, "A decoding of 7 is invalid: it must be Exact or Fast." },
    };

    [Theory, MemberData(nameof(Invalid))]
    public void Invalid_values_are_quoted(Preprocessing preprocessing, string message) =>
        Assert.Equal(message, Assert.Throws<ArgumentException>(preprocessing.Validate).Message);

    // Levels from 0 to 255 that differ in every pixel and channel, 8 x 4 pixels.
    private static readonly Picture Wide = new(8, 4, [.. Enumerable.Range(0, 8 * 4 * 4).Select(i => (byte)(i * 37))]);

    private static readonly Preprocessing Levels = new(4, 4, Interpolation.Bilinear, [0, 0, 0], [1 / 255f, 1 / 255f, 1 / 255f]);

    private static float[] Apply(Preprocessing preprocessing)
    {
        float[] values = new float[preprocessing.Count];
        preprocessing.Apply(new ImageSource(Wide), values);
        return values;
    }

    [Fact]
    public void Levels_from_0_to_255_stay_as_they_are()
    {
        var crop = Levels.ResizeAndCrop(Wide);
        byte[] pixels = crop.Pixels.ToArray();
        Assert.Equal(Enumerable.Range(0, 48).Select(i => (float)pixels[i % 16 * 4 + i / 16]), Apply(Levels));
    }

    [Fact]
    public void Mean_and_standard_deviation_follow_the_order_of_the_channels()
    {
        var rgb = Levels with { Mean = [0.1f, 0.2f, 0.3f], Std = [0.4f, 0.5f, 0.6f] };
        var bgr = rgb with { Mean = [0.3f, 0.2f, 0.1f], Std = [0.6f, 0.5f, 0.4f], ChannelOrder = ChannelOrder.Bgr };
        Assert.Equal(Apply(rgb).Chunk(16).Reverse().SelectMany(plane => plane), Apply(bgr));
        Assert.Equal(rgb.MeanColor(), bgr.MeanColor());
    }

    [Fact]
    public void Squash_resizes_both_sides_to_the_same_length_and_crops_the_center()
    {
        var squash = Levels with { Resize = 6, CropMode = CropMode.Squash };
        var expected = Resampler.Resize(Wide, 6, 6, Interpolation.Bilinear, 1, 1, 4, 4);
        Assert.Equal(expected.Pixels.ToArray(), squash.ResizeAndCrop(Wide).Pixels.ToArray());
        // An image that is too thin for a resize of its shorter side is none for this one.
        Assert.Equal(4, squash.ResizeAndCrop(new Picture(1, 1000, new byte[4000])).Height);
    }

    [Fact]
    public void The_text_says_what_is_done()
    {
        Assert.Equal("resize 256, crop 224, bilinear, mean (0.485, 0.456, 0.406), std (0.229, 0.224, 0.225)", $"{Preprocessing.ImageNet}");
        var other = new Preprocessing(6, 4, Interpolation.Bicubic, [0, 0, 0], [1, 1, 1])
        {
            CropMode = CropMode.Squash,
            ChannelOrder = ChannelOrder.Bgr,
        };
        Assert.Equal("resize 6 (squash), crop 4, bicubic, BGR, mean (0, 0, 0), std (1, 1, 1)", $"{other}");
    }

    [Fact]
    public void Metadata_have_only_what_differs_from_the_default()
    {
        Assert.Equal(["resize_size", "crop_size", "interpolation", "mean", "std"],
            PreprocessingMetadata.Write(Preprocessing.ImageNet).Select(e => e.Key));
        var other = Preprocessing.ImageNet with { CropMode = CropMode.Squash, ChannelOrder = ChannelOrder.Bgr };
        var entries = PreprocessingMetadata.Write(other, "net.").ToDictionary(e => e.Key, e => e.Value);
        Assert.Equal(("squash", "bgr"), (entries["crop_mode"], entries["net.channel_order"]));
        Assert.Equal(other, PreprocessingMetadata.Read(entries, "a file", "net."));
        entries["crop_mode"] = "border";
        Assert.Contains("a file is malformed", Assert.Throws<InvalidDataException>(
            () => PreprocessingMetadata.Read(entries, "a file", "net.")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_detector_refuses_BGR()
    {
        var error = Assert.Throws<ArgumentException>(
            () => new DetectionTransform().WithNormalization(Preprocessing.ImageNet with { ChannelOrder = ChannelOrder.Bgr }));
        Assert.StartsWith("A backbone with the channel order Bgr is invalid for a detector", error.Message, StringComparison.Ordinal);
    }
}
