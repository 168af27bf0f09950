using SkiaSharp;
using TransferKit.Images;

namespace TransferKit.Toolkit.Reports;

/// <summary>Draws detections into images.</summary>
internal static class BoxDrawing
{
    /// <summary>The image as a PNG file, with the box, the label and the score of each detection.</summary>
    /// <param name="picture">The image.</param>
    /// <param name="detections">The detections.</param>
    /// <param name="labels">The names of the classes without the background.</param>
    public static byte[] Png(Picture picture, IEnumerable<Detection.Detection> detections, IReadOnlyList<string> labels)
    {
        using var bitmap = SKBitmap.Decode(ImageEncoder.Png(picture));
        using var canvas = new SKCanvas(bitmap);
        float fontSize = Math.Max(12, Math.Min(picture.Width, picture.Height) / 30f);
        foreach (var (box, number, score) in detections)
        {
            string label = labels[number - 1];
            Draw(canvas, FormattableString.Invariant($"{label} {score:0.00}"), Color(label), box, fontSize);
        }
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    private static void Draw(SKCanvas canvas, string text, SKColor color, Detection.Box box, float fontSize)
    {
        using var outline = new SKPaint { Color = color, Style = SKPaintStyle.Stroke, StrokeWidth = fontSize / 6 };
        canvas.DrawRect(box.Left, box.Top, box.Width, box.Height, outline);
        using var font = new SKPaint { Color = SKColors.White, TextSize = fontSize, IsAntialias = true };
        using var background = new SKPaint { Color = color };
        float top = Math.Max(0, box.Top - 1.3f * fontSize);
        canvas.DrawRect(box.Left, top, font.MeasureText(text) + fontSize / 2, 1.3f * fontSize, background);
        canvas.DrawText(text, box.Left + fontSize / 4, top + fontSize, font);
    }

    // A hash of the label, so that a class has the same color in every image.
    private static SKColor Color(string label)
    {
        int hash = label.Aggregate(0, (h, c) => unchecked(31 * h + c) & 0xFFFF);
        return SKColor.FromHsl(hash % 360, 80, 38);
    }
}
