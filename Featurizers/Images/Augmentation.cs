namespace TransferKit.Images;

/// <summary>
/// Random augmentation of training images: crops, flips, color jitter, rotation, RandAugment and random erasing. The same random numbers
/// give the same result on every platform.
/// </summary>
public sealed record Augmentation
{
    /// <summary>No augmentation: the center crop of prediction.</summary>
    public static Augmentation None { get; } = new();

    /// <summary>A random crop of at least 35 % of the image, flipped half of the time, and a little color jitter.</summary>
    public static Augmentation Light { get; } =
        new() { MinArea = 0.35, Flip = 0.5, Brightness = 0.2, Contrast = 0.2, Saturation = 0.2 };

    /// <summary>Smaller crops, more color jitter, two operations of RandAugment, and random erasing.</summary>
    public static Augmentation Strong { get; } = new()
    {
        MinArea = 0.2,
        Flip = 0.5,
        Brightness = 0.3,
        Contrast = 0.3,
        Saturation = 0.3,
        Hue = 0.02,
        Operations = 2,
        Magnitude = 0.3,
        Erasing = 0.2,
    };

    /// <summary>The smallest area of a random crop as a fraction of the image's, above 0; 1 for the center crop of prediction.</summary>
    public double MinArea { get; init; } = 1;

    /// <summary>The greatest aspect ratio of a random crop, at least 1; the smallest is its reciprocal.</summary>
    /// <remarks>Has no effect if <see cref="MinArea"/> is 1.</remarks>
    public double MaxRatio { get; init; } = 4.0 / 3;

    /// <summary>The probability of a horizontal flip, from 0 to 1.</summary>
    public double Flip { get; init; }

    /// <summary>The greatest change of brightness, as a fraction from 0 to 1.</summary>
    public double Brightness { get; init; }

    /// <summary>The greatest change of contrast, as a fraction from 0 to 1.</summary>
    public double Contrast { get; init; }

    /// <summary>The greatest change of saturation, as a fraction from 0 to 1.</summary>
    public double Saturation { get; init; }

    /// <summary>The greatest change of hue, as a fraction of the full circle from 0 to 0.5.</summary>
    public double Hue { get; init; }

    /// <summary>The greatest angle of a random rotation, in degrees from 0 to 180.</summary>
    public double Rotation { get; init; }

    /// <summary>The number of random operations (RandAugment, arXiv:1909.13719); 0 for none.</summary>
    public int Operations { get; init; }

    /// <summary>The magnitude of the random operations, from 0 to 1.</summary>
    public double Magnitude { get; init; }

    /// <summary>The probability that a rectangle is erased (arXiv:1708.04896), from 0 to 1.</summary>
    public double Erasing { get; init; }

    /// <summary>Whether nothing is augmented.</summary>
    public bool IsNone => this == None;

    /// <summary>Checks that all values are valid.</summary>
    /// <exception cref="ArgumentException">A value is invalid; the message quotes it and says what would be right.</exception>
    public void Validate()
    {
        Check(nameof(MinArea), MinArea, MinArea is > 0 and <= 1, "above 0 and at most 1");
        Check(nameof(MaxRatio), MaxRatio, MaxRatio >= 1, "at least 1");
        CheckFraction(nameof(Flip), Flip);
        CheckFraction(nameof(Brightness), Brightness);
        CheckFraction(nameof(Contrast), Contrast);
        CheckFraction(nameof(Saturation), Saturation);
        Check(nameof(Hue), Hue, Hue is >= 0 and <= 0.5, "from 0 to 0.5");
        Check(nameof(Rotation), Rotation, Rotation is >= 0 and <= 180, "from 0 to 180");
        Check(nameof(Operations), Operations, Operations >= 0, "at least 0");
        CheckFraction(nameof(Magnitude), Magnitude);
        CheckFraction(nameof(Erasing), Erasing);
    }

    /// <summary>Makes a training crop of an image, with the width and height of the preprocessing's crop.</summary>
    /// <param name="picture">The image.</param>
    /// <param name="preprocessing">The size of the crop and the interpolation; also the resize if there is no random crop.</param>
    /// <param name="random">The source of random numbers; its state determines the result.</param>
    public Picture Apply(Picture picture, Preprocessing preprocessing, Random random)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(preprocessing);
        ArgumentNullException.ThrowIfNull(random);
        var crop = MinArea < 1 ? RandomResizedCrop(picture, preprocessing, random) : preprocessing.ResizeAndCrop(picture);
        if (Flip > 0 && random.NextDouble() < Flip)
            crop = PictureEffects.Mirror(crop);
        if (Rotation > 0)
            crop = PictureEffects.Rotate(crop, Symmetric(random, Rotation));
        crop = ColorJitter(crop, random);
        for (int i = 0; i < Operations; i++)
            crop = RandomOperations.Apply(crop, Magnitude, random);
        return Erasing > 0 && random.NextDouble() < Erasing ? Erase(crop, preprocessing, random) : crop;
    }

    /// <summary>Applies only the color jitter, which leaves the boxes of objects valid.</summary>
    internal Picture ColorJitter(Picture picture, Random random)
    {
        if (Brightness > 0)
            picture = PictureEffects.Brightness(picture, 1 + Symmetric(random, Brightness));
        if (Contrast > 0)
            picture = PictureEffects.Contrast(picture, 1 + Symmetric(random, Contrast));
        if (Saturation > 0)
            picture = PictureEffects.Saturation(picture, 1 + Symmetric(random, Saturation));
        return Hue > 0 ? PictureEffects.Hue(picture, Symmetric(random, Hue)) : picture;
    }

    // torchvision's RandomResizedCrop: ten attempts to find a rectangle within the image, otherwise the largest allowed center crop.
    private Picture RandomResizedCrop(Picture picture, Preprocessing preprocessing, Random random)
    {
        int width = 0, height = 0, left = 0, top = 0;
        for (int attempt = 0; attempt < 10 && width == 0; attempt++)
        {
            double area = (double)picture.Width * picture.Height * (MinArea + random.NextDouble() * (1 - MinArea));
            double ratio = Math.Exp(Symmetric(random, Math.Log(MaxRatio)));
            int w = (int)Math.Round(Math.Sqrt(area * ratio)), h = (int)Math.Round(Math.Sqrt(area / ratio));
            if (w > 0 && h > 0 && w <= picture.Width && h <= picture.Height)
                (width, height, left, top) = (w, h, random.Next(picture.Width - w + 1), random.Next(picture.Height - h + 1));
        }
        if (width == 0)
        {
            width = Math.Min(picture.Width, (int)Math.Round(picture.Height * MaxRatio));
            height = Math.Min(picture.Height, (int)Math.Round(picture.Width * MaxRatio));
            (left, top) = ((picture.Width - width) / 2, (picture.Height - height) / 2);
        }
        int size = preprocessing.Crop;
        var crop = PictureEffects.Crop(picture, left, top, width, height);
        return Resampler.Resize(crop, size, size, preprocessing.Interpolation, 0, 0, size, size);
    }

    // torchvision's RandomErasing: an area of 2 to 33 %, an aspect ratio of up to 3.3. The mean color is normalized to 0.
    private static Picture Erase(Picture crop, Preprocessing preprocessing, Random random)
    {
        // torchvision's RandomErasing: an area of 2 to 33 %, an aspect ratio of up to 3.3.
        double area = crop.Width * crop.Height * (0.02 + random.NextDouble() * 0.31);
        double ratio = Math.Exp(Symmetric(random, Math.Log(3.3)));
        int width = Math.Clamp((int)Math.Sqrt(area * ratio), 1, crop.Width);
        int height = Math.Clamp((int)Math.Sqrt(area / ratio), 1, crop.Height);
        int left = random.Next(crop.Width - width + 1), top = random.Next(crop.Height - height + 1);
        return PictureEffects.FillRectangle(crop, left, top, width, height, preprocessing.MeanColor());
    }

    // A uniform random number from -bound to bound.
    private static double Symmetric(Random random, double bound) => (random.NextDouble() * 2 - 1) * bound;

    private static void CheckFraction(string propertyName, double value) =>
        Check(propertyName, value, value is >= 0 and <= 1, "from 0 to 1");

    private static void Check(string propertyName, double value, bool isValid, string range)
    {
        if (!isValid)
            throw new ArgumentException(FormattableString.Invariant($"{propertyName} = {value} is invalid: it must be {range}."));
    }
}
