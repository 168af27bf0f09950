using TransferKit.Detection;
using TransferKit.Images;

namespace TransferKit.Tests.Featurizers.Detection;

/// <summary>Images of 64 x 64 pixels with a bright square on dark noise, and the box of the square.</summary>
internal static class BrightSquares
{
    public const string Label = "square";

    private const int Size = 64;

    public static DetectionExample Draw(int number)
    {
        var random = new Random(number);
        byte[] pixels = new byte[4 * Size * Size];
        for (int p = 0; p < pixels.Length; p++)
            pixels[p] = (byte)random.Next(60);
        int side = random.Next(20, 36), left = random.Next(Size - side), top = random.Next(Size - side);
        for (int y = top; y < top + side; y++)
            pixels.AsSpan(4 * (y * Size + left), 4 * side).Fill(240);
        var box = new Box(left, top, left + side, top + side);
        return new DetectionExample(new ImageSource(new Picture(Size, Size, pixels)), [new(box, 1)]);
    }

    public static DetectionExample[] Draw(Range numbers) =>
        [.. Enumerable.Range(numbers.Start.Value, numbers.End.Value - numbers.Start.Value).Select(Draw)];

    /// <summary>Writes images and their boxes in Pascal VOC's format: 0.png and 0.xml, and so on.</summary>
    public static void Write(TemporaryFolder folder, int count)
    {
        for (int i = 0; i < count; i++)
        {
            var (image, groundTruth) = Draw(i);
            var box = groundTruth[0].Box;
            File.WriteAllBytes(folder.File($"{i}.png"), ImageEncoder.Png(image.Decode()));
            // Pascal VOC counts pixels from 1.
            string edges = $"<xmin>{box.Left + 1}</xmin><ymin>{box.Top + 1}</ymin><xmax>{box.Right}</xmax><ymax>{box.Bottom}</ymax>";
            File.WriteAllText(folder.File($"{i}.xml"),
                $"<annotation><object><name>{Label}</name><bndbox>{edges}</bndbox></object></annotation>");
        }
    }

    /// <summary>Options that train on the images in seconds.</summary>
    public static T Options<T>() where T : DetectionOptions, new() => new()
    {
        Backbone = "shufflenet_v2_x0_5",
        Weights = "none",
        MinSize = Size,
        MaxSize = Size,
        Epoch = 2,
        BatchSize = 2,
        FrozenStages = 0,
        ScaleJitter = 0,
        ProposalsPerImage = 32,
        AnchorsPerImage = 64,
    };
}
