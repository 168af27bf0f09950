using TransferKit.Images;

namespace TransferKit.Tests.Featurizers.Images;

public class AugmentationTests
{
    private static readonly Preprocessing Small = Preprocessing.ImageNet with { Resize = 40, Crop = 32 };

    public static TheoryData<string, Augmentation> Kinds => new()
    {
        { "light", Augmentation.Light },
        { "strong", Augmentation.Strong },
        { "rotation", new Augmentation { Rotation = 30 } },
        { "hue", new Augmentation { Hue = 0.5 } },
        { "operations", new Augmentation { Operations = 4, Magnitude = 1 } },
        { "erasing", new Augmentation { Erasing = 1 } },
    };

    [Theory, MemberData(nameof(Kinds))]
    public void The_same_random_numbers_give_the_same_picture(string name, Augmentation augmentation)
    {
        var picture = Gradient(90, 60);
        byte[] before = picture.Pixels.ToArray();
        var crop = augmentation.Apply(picture, Small, new Random(5));
        Assert.Equal((32, 32), (crop.Width, crop.Height));
        Assert.Equal(crop.Pixels.ToArray(), augmentation.Apply(picture, Small, new Random(5)).Pixels.ToArray());
        Assert.True(!crop.Pixels.SequenceEqual(augmentation.Apply(picture, Small, new Random(6)).Pixels), name);
        Assert.Equal(before, picture.Pixels.ToArray());
    }

    [Fact]
    public void No_augmentation_gives_the_crop_of_prediction()
    {
        var picture = Gradient(90, 60);
        var augmented = Augmentation.None.Apply(picture, Small, new Random(1));
        Assert.Equal(Small.ResizeAndCrop(picture).Pixels.ToArray(), augmented.Pixels.ToArray());
    }

    [Fact]
    public void Crops_keep_to_the_area_and_the_aspect_ratio()
    {
        // In this picture red is the column and green is the row, so the corners of a crop tell its position.
        var picture = Gradient(200, 200);
        var random = new Random(2);
        var augmentation = new Augmentation { MinArea = 0.25, MaxRatio = 2 };
        var areas = new List<double>();
        for (int i = 0; i < 200; i++)
        {
            var crop = augmentation.Apply(picture, Small, random);
            double width = (crop.Pixels[4 * 31] - crop.Pixels[0]) * 32.0 / 31;
            double height = (crop.Pixels[4 * 32 * 31 + 1] - crop.Pixels[1]) * 32.0 / 31;
            Assert.InRange(width / height, 0.45, 2.2);
            areas.Add(width * height / (200 * 200));
        }
        Assert.InRange(areas.Min(), 0.2, 0.35);
        Assert.InRange(areas.Max(), 0.85, 1.05);
        Assert.InRange(areas.Average(), 0.5, 0.7);
    }

    [Fact]
    public void Effects_of_strength_0_change_nothing()
    {
        var picture = Gradient(30, 20);
        Picture[] results =
        [
            PictureEffects.Mirror(PictureEffects.Mirror(picture)), PictureEffects.Rotate(picture, 0), PictureEffects.Shear(picture, 0, 0),
            PictureEffects.Translate(picture, 0, 0), PictureEffects.Brightness(picture, 1), PictureEffects.Contrast(picture, 1),
            PictureEffects.Saturation(picture, 1), PictureEffects.Hue(picture, 0), PictureEffects.Hue(picture, 1),
        ];
        foreach (var result in results)
            Assert.Equal(picture.Pixels.ToArray(), result.Pixels.ToArray());
    }

    [Fact]
    public void Effects_change_the_pixels_as_their_names_say()
    {
        var picture = Gradient(30, 20);
        Assert.Equal([29, 0, 90], PictureEffects.Mirror(picture).Pixels[..3].ToArray());
        Assert.Equal([19, 14, 90], PictureEffects.Translate(picture, -1.0 / 3, 0).Pixels.Slice(4 * (14 * 30 + 9), 3).ToArray());
        Assert.Equal([14, 20, 180], PictureEffects.Brightness(picture, 2).Pixels.Slice(4 * (10 * 30 + 7), 3).ToArray());
        // A rotation by 180 degrees exchanges opposite corners.
        Assert.Equal([29, 19, 90], PictureEffects.Rotate(picture, 180).Pixels[..3].ToArray());
        // A third of the circle turns red to green, and gray stays gray.
        var colors = new Picture(2, 1, [200, 0, 0, 255, 77, 77, 77, 255]);
        Assert.Equal([0, 200, 0], PictureEffects.Hue(colors, 1.0 / 3).Pixels[..3].ToArray());
        Assert.Equal([77, 77, 77], PictureEffects.Hue(colors, 0.2).Pixels.Slice(4, 3).ToArray());
        Assert.Equal([60, 60, 60], PictureEffects.Saturation(colors, 0).Pixels[..3].ToArray());
        byte[] contrast = PictureEffects.Contrast(colors, 0).Pixels.ToArray();
        Assert.Equal(contrast[..3], contrast[4..7]);
    }

    [Fact]
    public void Erased_pixels_normalize_to_0()
    {
        var erased = new Augmentation { Erasing = 1 }.Apply(Gradient(90, 60), Small, new Random(3));
        float[] values = new float[Small.Count];
        Small.Apply(new ImageSource(erased, isCropped: true), values);
        Assert.InRange(values.Count(v => Math.Abs(v) < 0.01), 3 * 20, 3 * 400);
    }

    public static TheoryData<Augmentation, string> Invalid => new()
    {
        { new Augmentation { MinArea = 0 }, "MinArea = 0 is invalid: it must be above 0 and at most 1." },
        { new Augmentation { MaxRatio = 0.5 }, "MaxRatio = 0.5 is invalid: it must be at least 1." },
        { new Augmentation { Flip = 2 }, "Flip = 2 is invalid: it must be from 0 to 1." },
        { new Augmentation { Hue = 0.6 }, "Hue = 0.6 is invalid: it must be from 0 to 0.5." },
        { new Augmentation { Rotation = 270 }, "Rotation = 270 is invalid: it must be from 0 to 180." },
        { new Augmentation { Erasing = double.NaN }, "Erasing = NaN is invalid: it must be from 0 to 1." },
    };

    [Theory, MemberData(nameof(Invalid))]
    public void Invalid_values_are_quoted(Augmentation augmentation, string message) =>
        Assert.Equal(message, Assert.Throws<ArgumentException>(augmentation.Validate).Message);

    [Fact]
    public void Presets_are_valid()
    {
        Augmentation.None.Validate();
        Augmentation.Light.Validate();
        Augmentation.Strong.Validate();
    }

    private static Picture Gradient(int width, int height)
    {
        byte[] rgba = new byte[4 * width * height];
        for (int y = 0, i = 0; y < height; y++)
            for (int x = 0; x < width; x++, i += 4)
                (rgba[i], rgba[i + 1], rgba[i + 2], rgba[i + 3]) = ((byte)x, (byte)y, 90, 255);
        return new Picture(width, height, rgba);
    }
}
