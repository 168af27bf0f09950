namespace TransferKit.Images;

/// <summary>What an image goes through before a network sees it: shorter side resized, center cropped, channels normalized.</summary>
/// <param name="Resize">The length the shorter side is resized to, in pixels.</param>
/// <param name="Crop">Width and height of the crop from the center, in pixels; at most <paramref name="Resize"/>.</param>
/// <param name="Interpolation">How pixels are resampled.</param>
/// <param name="Mean">What is subtracted from red, green and blue, on the scale from 0 to 1.</param>
/// <param name="Std">What red, green and blue are then divided by.</param>
public sealed record Preprocessing(int Resize, int Crop, Interpolation Interpolation, IReadOnlyList<float> Mean, IReadOnlyList<float> Std)
{
    /// <summary>torchvision's ImageClassification preset: 256, 224, bilinear, ImageNet's mean and deviation.</summary>
    public static Preprocessing ImageNet { get; } = new(256, 224, Interpolation.Bilinear, [0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f]);

    /// <summary>The same with pixels from -1 to 1, whatever the channel.</summary>
    public Preprocessing FromMinusOneToOne() => this with { Mean = [0.5f, 0.5f, 0.5f], Std = [0.5f, 0.5f, 0.5f] };

    /// <summary>The number of values of one preprocessed image: 3 x crop x crop.</summary>
    public int Count => 3 * Crop * Crop;

    /// <summary>What a level from 0 to 255 of a channel is multiplied by; then <see cref="Shift"/> is added.</summary>
    public float Scale(int channel) => 1 / (255f * Std[channel]);

    /// <summary>What is added to a channel after <see cref="Scale"/>.</summary>
    public float Shift(int channel) => -Mean[channel] / Std[channel];

    /// <summary>Checks that the numbers make sense.</summary>
    /// <exception cref="ArgumentException">They do not; the message quotes them and says what would be right.</exception>
    public void Validate()
    {
        if (Crop < 1 || Crop > Resize)
            throw new ArgumentException($"A crop of {Crop} pixels from an image resized to {Resize} is impossible: it must be from 1 to {Resize}.");
        if (Mean.Count != 3 || Std.Count != 3 || Std.Any(s => !(s > 0)))
            throw new ArgumentException($"Means ({string.Join(", ", Mean)}) and deviations ({string.Join(", ", Std)}) must be three each, for red, green and blue, the deviations above 0.");
    }

    /// <summary>Resizes and crops: what the network is shown, before normalization.</summary>
    /// <exception cref="ImageFormatException">The image is too thin to be resized.</exception>
    public Picture CropOf(Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        var ((width, height), left, top) = Place(picture.Width, picture.Height);
        return Resampler.Resize(picture, width, height, Interpolation, left, top, Crop, Crop);
    }

    /// <summary>The size an image is resized to, and where in it the crop lies.</summary>
    /// <exception cref="ImageFormatException">The image is too thin to be resized.</exception>
    internal ((int Width, int Height) Resized, int Left, int Top) Place(int width, int height)
    {
        // torchvision's Resize cuts the longer side's length down; its CenterCrop rounds half to even.
        long longer = (long)Resize * Math.Max(width, height) / Math.Min(width, height);
        if (longer > int.MaxValue)
            throw new ImageFormatException($"An image of {width} x {height} pixels is too thin to be resized to {Resize}.");
        var resized = width < height ? (Width: Resize, Height: (int)longer) : (Width: (int)longer, Height: Resize);
        return (resized, (int)Math.Round((resized.Width - Crop) / 2.0, MidpointRounding.ToEven), (int)Math.Round((resized.Height - Crop) / 2.0, MidpointRounding.ToEven));
    }

    /// <summary>Resizes, crops and normalizes into a batch buffer, channel by channel (RGB), row by row.</summary>
    /// <param name="image">The image.</param>
    /// <param name="destination">Takes <see cref="Count"/> values.</param>
    /// <exception cref="ImageFormatException">It is no readable image.</exception>
    public void Apply(ImageSource image, Span<float> destination) => Normalize(image.CropBy(this), destination);

    private void Normalize(Picture crop, Span<float> destination)
    {
        int plane = crop.Width * crop.Height;
        // There are only 256 levels: a table is exact and saves the arithmetic.
        Span<float> table = stackalloc float[256];
        for (int c = 0; c < 3; c++)
        {
            for (int level = 0; level < 256; level++)
                table[level] = level * Scale(c) + Shift(c);
            var pixels = crop.Rgba.AsSpan();
            var to = destination.Slice(c * plane, plane);
            for (int i = 0; i < to.Length; i++)
                to[i] = table[pixels[4 * i + c]];
        }
    }
}
