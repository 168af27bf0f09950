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
    };

    [Theory, MemberData(nameof(Invalid))]
    public void Invalid_values_are_quoted(Preprocessing preprocessing, string message) =>
        Assert.Equal(message, Assert.Throws<ArgumentException>(preprocessing.Validate).Message);
}
