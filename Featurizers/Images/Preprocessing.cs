using System.Globalization;

namespace TransferKit.Images;

/// <summary>
/// The preprocessing of images for a network: the shorter side is resized, the center is cropped, and the channels are normalized. The
/// published accuracy of weights is reached only with the preprocessing that they were trained for.
/// </summary>
/// <remarks>
/// Networks that take levels from 0 to 255 have a standard deviation of 1/255, and a mean of 0 or that of the levels divided by 255.
/// </remarks>
/// <param name="Resize">
/// The length that the shorter side is resized to, in pixels; with <see cref="CropMode.Squash"/>, that of both sides.
/// </param>
/// <param name="Crop">Width and height of the crop from the center, in pixels; at most <paramref name="Resize"/>.</param>
/// <param name="Interpolation">How pixels are resampled.</param>
/// <param name="Mean">
/// The values that are subtracted from the channels, which are scaled to the range from 0 to 1 first; in the order of
/// <see cref="ChannelOrder"/>: red, green and blue by default.
/// </param>
/// <param name="Std">The values that the channels are then divided by, in the same order.</param>
public sealed record Preprocessing(int Resize, int Crop, Interpolation Interpolation, IReadOnlyList<float> Mean, IReadOnlyList<float> Std)
{
    private const int Channels = 3;

    /// <summary>torchvision's ImageClassification preset: 256, 224, bilinear, ImageNet's mean and standard deviation.</summary>
    public static Preprocessing ImageNet { get; } =
        new(256, 224, Interpolation.Bilinear, [0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f]);

    /// <summary>The order of the channels that the network takes, and of <see cref="Mean"/> and <see cref="Std"/>. Default: RGB.</summary>
    public ChannelOrder ChannelOrder { get; init; }

    /// <summary>Whether the aspect ratio is kept and the center cropped (default), or both sides are resized to the same length.</summary>
    public CropMode CropMode { get; init; }

    /// <summary>At which size JPEG files are decoded: exactly as torchvision does it (default), or fast.</summary>
    public Decoding Decoding { get; init; }

    /// <summary>The number of values of a preprocessed image: 3 x crop x crop.</summary>
    public int Count => Channels * Crop * Crop;

    /// <summary>Normalizes pixels to the range from -1 to 1 (mean and standard deviation 0.5).</summary>
    public Preprocessing WithInceptionNormalization() => this with { Mean = [0.5f, 0.5f, 0.5f], Std = [0.5f, 0.5f, 0.5f] };

    /// <summary>Leaves pixels as levels from 0 to 255 in the order red, green, blue, for networks that normalize them.</summary>
    internal Preprocessing WithLevels() =>
        this with { Mean = [0, 0, 0], Std = [1 / 255f, 1 / 255f, 1 / 255f], ChannelOrder = ChannelOrder.Rgb };

    /// <summary>Returns the factor of a channel: a level from 0 to 255 becomes <c>level * Scale(channel) + Shift(channel)</c>.</summary>
    /// <param name="channel">The channel in the order of <see cref="ChannelOrder"/>: by default 0 for red, 1 for green, 2 for blue.</param>
    public float Scale(int channel) => 1 / (255f * Std[channel]);

    /// <summary>Returns the value that is added to a channel after <see cref="Scale"/>.</summary>
    /// <param name="channel">The channel in the order of <see cref="ChannelOrder"/>: by default 0 for red, 1 for green, 2 for blue.</param>
    public float Shift(int channel) => -Mean[channel] / Std[channel];

    /// <summary>Returns the mean color: red, green and blue from 0 to 255.</summary>
    internal byte[] MeanColor() =>
        [.. Enumerable.Range(0, Channels).Select(color => (byte)Math.Clamp(Math.Round(255 * Mean[Swap(color)]), 0, 255))];

    /// <summary>Checks that all values are valid.</summary>
    /// <exception cref="ArgumentException">A value is invalid; the message quotes it and says what would be right.</exception>
    public void Validate()
    {
        if (Crop < 1 || Crop > Resize)
            throw new ArgumentException(
                $"A crop of {Crop} pixels from an image resized to {Resize} is invalid: it must be from 1 to {Resize}.");
        if (Mean.Count != Channels)
            throw new ArgumentException(
                $"A mean of ({List(Mean)}) is invalid: it must be three values, one for each channel.");
        if (Std.Count != Channels || Std.Any(s => !(s > 0)))
            throw new ArgumentException(
                $"A standard deviation of ({List(Std)}) is invalid: it must be three values above 0, one for each channel.");
        if (!Enum.IsDefined(Interpolation))
            throw new ArgumentException($"An interpolation of {Interpolation} is invalid: it must be Bilinear or Bicubic.");
        if (!Enum.IsDefined(ChannelOrder))
            throw new ArgumentException($"A channel order of {ChannelOrder} is invalid: it must be Rgb or Bgr.");
        if (!Enum.IsDefined(CropMode))
            throw new ArgumentException($"A crop mode of {CropMode} is invalid: it must be Center or Squash.");
        if (!Enum.IsDefined(Decoding))
            throw new ArgumentException($"A decoding of {Decoding} is invalid: it must be Exact or Fast.");
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

    /// <summary>Resizes, crops and normalizes an image into a batch buffer: channel by channel (RGB or BGR), row by row.</summary>
    /// <param name="image">The image.</param>
    /// <param name="destination">Receives <see cref="Count"/> values.</param>
    /// <exception cref="ImageFormatException">It is not a readable image, or too thin to be resized.</exception>
    public void Apply(ImageSource image, Span<float> destination) => Normalize(image.ResizeAndCrop(this), destination);

    /// <summary>Resizes, crops and normalizes images into a batch buffer, one after the other.</summary>
    internal void Apply(IReadOnlyList<ImageSource> images, Span<float> destination)
    {
        for (int i = 0; i < images.Count; i++)
            Apply(images[i], destination.Slice(i * Count, Count));
    }

    /// <summary>Compares all values, including those of the lists.</summary>
    /// <param name="other">The preprocessing to compare with.</param>
    public bool Equals(Preprocessing? other) => other is not null
        && (Resize, Crop, Interpolation) == (other.Resize, other.Crop, other.Interpolation)
        && (ChannelOrder, CropMode, Decoding) == (other.ChannelOrder, other.CropMode, other.Decoding)
        && Mean.SequenceEqual(other.Mean) && Std.SequenceEqual(other.Std);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Resize);
        hash.Add(Crop);
        hash.Add(Interpolation);
        hash.Add(ChannelOrder);
        hash.Add(CropMode);
        hash.Add(Decoding);
        foreach (float value in Mean.Concat(Std))
            hash.Add(value);
        return hash.ToHashCode();
    }

    /// <summary>Describes the preprocessing: <c>resize 256, crop 224, bilinear, mean (0.485, 0.456, 0.406), std (…)</c>.</summary>
    public override string ToString()
    {
        string squash = CropMode == CropMode.Squash ? " (squash)" : "", order = ChannelOrder == ChannelOrder.Bgr ? ", BGR" : "";
        string interpolation = Interpolation.ToString().ToLowerInvariant();
        return FormattableString.Invariant($"resize {Resize}{squash}, crop {Crop}, {interpolation}{order}, ")
            + $"mean ({List(Mean)}), std ({List(Std)}){(Decoding == Decoding.Fast ? ", fast decoding" : "")}";
    }

    /// <summary>Whether the sides of an image are at least 1.5 times as long as those that it is resized to.</summary>
    internal bool IsLargeEnough(int width, int height) => 2L * Math.Min(width, height) >= 3L * Resize;

    /// <summary>Computes the size that an image is resized to, and the position of the crop in it.</summary>
    /// <exception cref="ImageFormatException">The image is too thin to be resized.</exception>
    internal ((int Width, int Height) Resized, int Left, int Top) CropWindow(int width, int height)
    {
        if (CropMode == CropMode.Squash)
            return ((Resize, Resize), Margin(Resize), Margin(Resize));
        // torchvision's Resize truncates the length of the longer side; its CenterCrop rounds half to even.
        long longer = (long)Resize * Math.Max(width, height) / Math.Min(width, height);
        if (longer > int.MaxValue)
            throw new ImageFormatException($"An image of {width} x {height} pixels is too thin to be resized to {Resize}.");
        var resized = width < height ? (Width: Resize, Height: (int)longer) : (Width: (int)longer, Height: Resize);
        return (resized, Margin(resized.Width), Margin(resized.Height));
    }

    /// <summary>Returns the channel of the network that a color is, or the color that a channel is: 0 for red, 2 for blue.</summary>
    private int Swap(int channel) => ChannelOrder == ChannelOrder.Bgr ? Channels - 1 - channel : channel;

    private static string List(IEnumerable<float> values) =>
        string.Join(", ", values.Select(v => v.ToString(CultureInfo.InvariantCulture)));

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
            var pixels = crop.Rgba.AsSpan(Swap(c));
            var values = destination.Slice(c * plane, plane);
            for (int i = 0; i < values.Length; i++)
                values[i] = table[pixels[4 * i]];
        }
    }
}
