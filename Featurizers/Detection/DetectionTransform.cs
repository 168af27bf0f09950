using TransferKit.Images;

namespace TransferKit.Detection;

/// <summary>
/// The preprocessing of a detector (torchvision's GeneralizedRCNNTransform): the whole image is resized, normalized, and padded to the
/// right and below.
/// </summary>
/// <param name="MinSize">The length that the shorter side is resized to, in pixels.</param>
/// <param name="MaxSize">The largest length of the longer side, in pixels; a longer image is made smaller.</param>
public sealed record DetectionTransform(int MinSize = 800, int MaxSize = 1333)
{
    private const int SizeDivisor = 32;

    /// <summary>The means of red, green and blue, from 0 to 1; ImageNet's by default.</summary>
    public IReadOnlyList<float> Mean { get; init => field = EquatableList<float>.Of(value); } =
        EquatableList<float>.Of(Preprocessing.ImageNet.Mean);

    /// <summary>The standard deviations of red, green and blue, from 0 to 1; ImageNet's by default.</summary>
    public IReadOnlyList<float> Std { get; init => field = EquatableList<float>.Of(value); } =
        EquatableList<float>.Of(Preprocessing.ImageNet.Std);

    /// <summary>The width and height of a square that every image is padded to; null to pad each image to multiples of 32 pixels.</summary>
    /// <remarks>Saved models have a square input: resized pixels are rounded to 8 bits, and the padding has the mean color.</remarks>
    public int? InputSize { get; init; }

    /// <summary>The square input size, a multiple of 32, on which an image of 4:3 is as large as with these sizes.</summary>
    public int DefaultInputSize => RoundUp(Math.Min(MaxSize, MinSize * 4 / 3));

    /// <summary>The normalization alone, for an exported network that normalizes its input.</summary>
    public Preprocessing Normalization => Preprocessing.ImageNet with { Mean = Mean, Std = Std };

    /// <summary>The same normalization with a square input that the image's longer side fills.</summary>
    /// <param name="size">The width and height of the input, a multiple of 32.</param>
    public DetectionTransform WithInputSize(int size) => this with { MinSize = size, MaxSize = size, InputSize = size };

    /// <summary>The same sizes with the mean and the standard deviation of another preprocessing.</summary>
    /// <param name="preprocessing">The preprocessing of the backbone's weights; its resize and crop do not apply to a detector.</param>
    /// <exception cref="ArgumentException">The backbone takes BGR; detectors are given RGB.</exception>
    public DetectionTransform WithNormalization(Preprocessing preprocessing)
    {
        ArgumentNullException.ThrowIfNull(preprocessing);
        if (preprocessing.ChannelOrder != ChannelOrder.Rgb)
        {
            throw new ArgumentException($"A backbone with the channel order {preprocessing.ChannelOrder} is invalid for a detector: "
                + "it must take RGB, as all backbones of `transferkit models` do.", nameof(preprocessing));
        }
        return this with { Mean = preprocessing.Mean, Std = preprocessing.Std };
    }

    /// <summary>The size that an image is resized to.</summary>
    /// <param name="width">The image's width in pixels.</param>
    /// <param name="height">The image's height in pixels.</param>
    public (int Width, int Height) ResizedSize(int width, int height)
    {
        // PyTorch divides a number by a tensor as a product with the reciprocal in single precision: another order rounds some sizes
        // to another pixel.
        float scale = Math.Min(MinSize * (1f / Math.Min(width, height)), MaxSize * (1f / Math.Max(width, height)));
        return (Math.Max(1, (int)Math.Floor((double)scale * width)), Math.Max(1, (int)Math.Floor((double)scale * height)));
    }

    /// <summary>The size of the network's input for a resized image: its size with padding.</summary>
    /// <param name="width">The width of the resized image.</param>
    /// <param name="height">The height of the resized image.</param>
    public (int Width, int Height) PaddedSize(int width, int height) =>
        InputSize is { } size ? (size, size) : (RoundUp(width), RoundUp(height));

    /// <summary>The resized image in the upper left of its square input; the padding has the mean color.</summary>
    /// <param name="picture">The image.</param>
    /// <exception cref="InvalidOperationException"><see cref="InputSize"/> is null.</exception>
    public Picture ToSquare(Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        int side = InputSize ?? throw new InvalidOperationException("The transform has no InputSize: set it to the side of the square.");
        byte[] meanColor = [.. Normalization.MeanColor(), 255];
        byte[] pixels = new byte[4 * side * side];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = meanColor[i % 4];
        BilinearResize.Apply(picture, ResizedSize(picture.Width, picture.Height),
            (x, y, c, level) => pixels[4 * (y * side + x) + c] = (byte)Math.Round(level));
        return new Picture(side, side, pixels);
    }

    /// <summary>Scales the boxes of detections from the resized image back to the image.</summary>
    /// <param name="detections">The detections in the resized image.</param>
    /// <param name="width">The image's width in pixels.</param>
    /// <param name="height">The image's height in pixels.</param>
    public Detection[] Postprocess(IReadOnlyList<Detection> detections, int width, int height)
    {
        var resized = ResizedSize(width, height);
        float scaleX = (float)width / resized.Width, scaleY = (float)height / resized.Height;
        return [.. detections.Select(d => d with { Box = d.Box.Scale(scaleX, scaleY) })];
    }

    /// <summary>Resizes, normalizes and pads an image.</summary>
    /// <param name="picture">The image.</param>
    /// <param name="padded">The width and height of the destination.</param>
    /// <param name="destination">Receives 3 x height x width values; padding is 0, or the mean color with <see cref="InputSize"/>.</param>
    internal void Apply(Picture picture, (int Width, int Height) padded, Memory<float> destination)
    {
        var normalization = Normalization;
        float[] scale = [.. Enumerable.Range(0, 3).Select(normalization.Scale)];
        float[] shift = [.. Enumerable.Range(0, 3).Select(normalization.Shift)];
        int plane = padded.Width * padded.Height;
        if (InputSize is null)
        {
            destination.Span[..(3 * plane)].Clear();
            BilinearResize.Apply(picture, ResizedSize(picture.Width, picture.Height),
                (x, y, c, level) => destination.Span[c * plane + y * padded.Width + x] = level * scale[c] + shift[c]);
            return;
        }
        var pixels = ToSquare(picture).Pixels;
        var values = destination.Span;
        for (int c = 0; c < 3; c++)
            for (int i = 0; i < plane; i++)
                values[c * plane + i] = pixels[4 * i + c] * scale[c] + shift[c];
    }

    private static int RoundUp(int size) => (size + SizeDivisor - 1) / SizeDivisor * SizeDivisor;
}
