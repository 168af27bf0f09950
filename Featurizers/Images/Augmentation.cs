namespace TransferKit.Images;

/// <summary>
/// Random changes of training images that leave their class as it is. The same random numbers give the same picture everywhere; nothing
/// but the picture's own pixels is needed.
/// </summary>
public sealed record Augmentation
{
    /// <summary>No change: the crop that prediction sees.</summary>
    public static Augmentation None { get; } = new();

    /// <summary>A crop of at least 35 % of the image, mirrored half of the time, with slightly other colors.</summary>
    public static Augmentation Light { get; } = new() { MinArea = 0.35, Flip = 0.5, Brightness = 0.2, Contrast = 0.2, Saturation = 0.2 };

    /// <summary>Smaller crops, stronger colors, two further random operations, and now and then a part erased.</summary>
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

    /// <summary>The smallest part of the image's area that a random crop may have; 1 for the center crop of prediction.</summary>
    public double MinArea { get; init; } = 1;

    /// <summary>The most that a random crop's sides may differ, as a ratio.</summary>
    public double MaxRatio { get; init; } = 4.0 / 3;

    /// <summary>Probability of mirroring left and right.</summary>
    public double Flip { get; init; }

    /// <summary>The most that brightness changes, as a part of itself.</summary>
    public double Brightness { get; init; }

    /// <summary>The most that contrast changes, as a part of itself.</summary>
    public double Contrast { get; init; }

    /// <summary>The most that saturation changes, as a part of itself.</summary>
    public double Saturation { get; init; }

    /// <summary>The most that hue turns, as a part of the full circle; at most 0.5.</summary>
    public double Hue { get; init; }

    /// <summary>The most that the image turns, in degrees.</summary>
    public double Rotation { get; init; }

    /// <summary>How many operations of <see cref="RandomOperations"/> are done one after the other.</summary>
    public int Operations { get; init; }

    /// <summary>How strong those are, from 0 to 1.</summary>
    public double Magnitude { get; init; }

    /// <summary>Probability of erasing a rectangle (arXiv:1708.04896).</summary>
    public double Erasing { get; init; }

    /// <summary>Whether every image would stay as it is.</summary>
    public bool IsNone => this == None;

    /// <summary>Checks that the numbers make sense.</summary>
    /// <exception cref="ArgumentException">They do not; the message quotes them and says what would be right.</exception>
    public void Validate()
    {
        if (!(MinArea > 0 && MinArea <= 1) || !(MaxRatio >= 1))
            throw new ArgumentException($"A random crop of at least {MinArea} of the area with a ratio of at most {MaxRatio} is impossible: from above 0 to 1, and 1 or more.");
        foreach (double part in new[] { Flip, Brightness, Contrast, Saturation, Magnitude, Erasing, 2 * Hue })
            if (!(part >= 0 && part <= 1))
                throw new ArgumentException($"An augmentation of {this} is impossible: its parts are from 0 to 1, hue to 0.5.");
        if (!(Rotation >= 0 && Rotation <= 180) || Operations < 0)
            throw new ArgumentException($"A rotation of {Rotation} degrees with {Operations} operations is impossible: 0 to 180, and 0 or more.");
    }

    /// <summary>A training crop of an image, as wide and high as the preprocessing's.</summary>
    /// <param name="picture">The image.</param>
    /// <param name="preprocessing">Its crop and interpolation are used; its resize where no random crop is asked for.</param>
    /// <param name="random">Its state decides everything.</param>
    public Picture Apply(Picture picture, Preprocessing preprocessing, Random random)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(preprocessing);
        ArgumentNullException.ThrowIfNull(random);
        var crop = MinArea < 1 ? RandomCrop(picture, preprocessing, random) : preprocessing.CropOf(picture);
        if (Flip > 0 && random.NextDouble() < Flip)
            crop = PictureEffects.Mirror(crop);
        if (Rotation > 0)
            crop = PictureEffects.Rotate(crop, Symmetric(random, Rotation));
        crop = ColorJitter(crop, random);
        for (int i = 0; i < Operations; i++)
            crop = RandomOperations.Apply(crop, Magnitude, random);
        return Erasing > 0 && random.NextDouble() < Erasing ? Erase(crop, preprocessing, random) : crop;
    }

    /// <summary>The changes of color alone, which leave everything where it is.</summary>
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

    // torchvision's RandomResizedCrop: ten tries for a rectangle within the image, else as much of the center as the ratios allow.
    private Picture RandomCrop(Picture picture, Preprocessing preprocessing, Random random)
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
        return Resampler.Resize(PictureEffects.Cut(picture, left, top, width, height), size, size, preprocessing.Interpolation, 0, 0, size, size);
    }

    // The mean of all images, which normalizes to 0: nothing to be seen.
    private static Picture Erase(Picture crop, Preprocessing preprocessing, Random random)
    {
        double area = crop.Width * crop.Height * (0.02 + random.NextDouble() * 0.31), ratio = Math.Exp(Symmetric(random, Math.Log(3.3)));
        int width = Math.Clamp((int)Math.Sqrt(area * ratio), 1, crop.Width), height = Math.Clamp((int)Math.Sqrt(area / ratio), 1, crop.Height);
        int left = random.Next(crop.Width - width + 1), top = random.Next(crop.Height - height + 1);
        return PictureEffects.FillRectangle(crop, left, top, width, height, [.. preprocessing.Mean.Select(m => (byte)Math.Round(255 * m))]);
    }

    private static double Symmetric(Random random, double most) => (random.NextDouble() * 2 - 1) * most;
}
