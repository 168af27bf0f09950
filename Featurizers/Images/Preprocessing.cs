namespace TransferKit.Images;

/// <summary>
/// The preprocessing of images for a network: the shorter side is resized, the center is cropped, and the channels are normalized. The
/// published accuracy of weights is reached only with the preprocessing that they were trained for.
/// </summary>
/// <param name="Resize">The length that the shorter side is resized to, in pixels.</param>
/// <param name="Crop">Width and height of the crop from the center, in pixels; at most <paramref name="Resize"/>.</param>
/// <param name="Interpolation">How pixels are resampled.</param>
/// <param name="Mean">The values that are subtracted from red, green and blue, which are scaled to the range from 0 to 1 first.</param>
/// <param name="Std">The values that red, green and blue are then divided by.</param>
public sealed record Preprocessing(int Resize, int Crop, Interpolation Interpolation, IReadOnlyList<float> Mean, IReadOnlyList<float> Std)
{
    private const int Channels = 3;

    /// <summary>torchvision's ImageClassification preset: 256, 224, bilinear, ImageNet's mean and standard deviation.</summary>
    public static Preprocessing ImageNet { get; } =
        new(256, 224, Interpolation.Bilinear, [0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f]);

    /// <summary>The number of values of a preprocessed image: 3 x crop x crop.</summary>
    public int Count => Channels * Crop * Crop;

    /// <summary>Normalizes pixels to the range from -1 to 1 (mean and standard deviation 0.5).</summary>
    public Preprocessing WithInceptionNormalization() => this with { Mean = [0.5f, 0.5f, 0.5f], Std = [0.5f, 0.5f, 0.5f] };

    /// <summary>Returns the factor of a channel: a level from 0 to 255 becomes <c>level * Scale(channel) + Shift(channel)</c>.</summary>
    /// <param name="channel">0 for red, 1 for green, 2 for blue.</param>
    public float Scale(int channel) => 1 / (255f * Std[channel]);

    /// <summary>Returns the value that is added to a channel after <see cref="Scale"/>.</summary>
    /// <param name="channel">0 for red, 1 for green, 2 for blue.</param>
    public float Shift(int channel) => -Mean[channel] / Std[channel];

    /// <summary>Returns the mean color: red, green and blue from 0 to 255.</summary>
    internal byte[] MeanColor() => [.. Mean.Select(m => (byte)Math.Round(255 * m))];

    /// <summary>Checks that all values are valid.</summary>
    /// <exception cref="ArgumentException">A value is invalid; the message quotes it and says what would be right.</exception>
    public void Validate()
    {
        if (Crop < 1 || Crop > Resize)
            throw new ArgumentException(
                $"A crop of {Crop} pixels from an image resized to {Resize} is invalid: it must be from 1 to {Resize}.");
        if (Mean.Count != Channels)
            throw new ArgumentException(
                $"A mean of ({string.Join(", ", Mean)}) is invalid: it must be three values, one for each channel.");
        if (Std.Count != Channels || Std.Any(s => !(s > 0)))
            throw new ArgumentException(
                $"A standard deviation of ({string.Join(", ", Std)}) is invalid: it must be three values above 0, one for each channel.");
    }

    /// <summary>Resizes and crops a picture. The result is the input of the network before normalization.</summary>
    /// <param name="picture">The picture.</param>
    /// <exception cref="ImageFormatException">The picture is too thin to be resized.</exception>
    public Picture ResizeAndCrop(Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        var ((width, height), left, top) = CropWindow(picture.Width, picture.Height);
        return Resampler.Resize(picture, width, height, Interpolation, left, top, Crop, Crop);
    }

    /// <summary>Resizes, crops and normalizes an image into a batch buffer: channel by channel (RGB), row by row.</summary>
    /// <param name="image">The image.</param>
    /// <param name="destination">Receives <see cref="Count"/> values.</param>
    /// <exception cref="ImageFormatException">It is not a readable image, or too thin to be resized.</exception>
    public void Apply(ImageSource image, Span<float> destination) => Normalize(image.ResizeAndCrop(this), destination);

    /// <summary>Compares all values, including those of the lists.</summary>
    /// <param name="other">The preprocessing to compare with.</param>
    public bool Equals(Preprocessing? other) => other is not null
        && (Resize, Crop, Interpolation) == (other.Resize, other.Crop, other.Interpolation)
        && Mean.SequenceEqual(other.Mean) && Std.SequenceEqual(other.Std);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Resize);
        hash.Add(Crop);
        hash.Add(Interpolation);
        foreach (float value in Mean.Concat(Std))
            hash.Add(value);
        return hash.ToHashCode();
    }

    /// <summary>Computes the size that an image is resized to, and the position of the crop in it.</summary>
    /// <exception cref="ImageFormatException">The image is too thin to be resized.</exception>
    internal ((int Width, int Height) Resized, int Left, int Top) CropWindow(int width, int height)
    {
        // torchvision's Resize truncates the length of the longer side; its CenterCrop rounds half to even.
        long longer = (long)Resize * Math.Max(width, height) / Math.Min(width, height);
        if (longer > int.MaxValue)
            throw new ImageFormatException($"An image of {width} x {height} pixels is too thin to be resized to {Resize}.");
        var resized = width < height ? (Width: Resize, Height: (int)longer) : (Width: (int)longer, Height: Resize);
        return (resized, Margin(resized.Width), Margin(resized.Height));
    }

    private int Margin(int length) => (int)Math.Round((length - Crop) / 2.0, MidpointRounding.ToEven);

    private void Normalize(Picture crop, Span<float> destination)
    {
        int plane = crop.Width * crop.Height;
        // There are only 256 levels, so a table gives exact results and saves the arithmetic.
        Span<float> table = stackalloc float[256];
        for (int c = 0; c < Channels; c++)
        {
            for (int level = 0; level < 256; level++)
                table[level] = level * Scale(c) + Shift(c);
            var pixels = crop.Rgba.AsSpan();
            var values = destination.Slice(c * plane, plane);
            for (int i = 0; i < values.Length; i++)
                values[i] = table[pixels[4 * i + c]];
        }
    }
}
