using SkiaSharp;
using TransferKit.Images;

namespace TransferKit.Toolkit.Reports;

/// <summary>Pictures with the things that were found in them.</summary>
internal static class BoxDrawing
{
    /// <summary>The picture as a PNG file, with a box around each thing, its label and score.</summary>
    public static byte[] Png(Picture picture, IEnumerable<DetectedObject> things)
    {
        using var bitmap = SKBitmap.Decode(ImageEncoder.Png(picture));
        using var canvas = new SKCanvas(bitmap);
        float size = Math.Max(12, Math.Min(picture.Width, picture.Height) / 30f);
        foreach (var (label, score, box) in things)
            Draw(canvas, FormattableString.Invariant($"{label} {score:0.00}"), Color(label), box, size);
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    private static void Draw(SKCanvas canvas, string text, SKColor color, Detection.Box box, float size)
    {
        using var line = new SKPaint { Color = color, Style = SKPaintStyle.Stroke, StrokeWidth = size / 6 };
        canvas.DrawRect(box.Left, box.Top, box.Width, box.Height, line);
        using var letters = new SKPaint { Color = SKColors.White, TextSize = size, IsAntialias = true };
        using var ground = new SKPaint { Color = color };
        float top = Math.Max(0, box.Top - 1.3f * size);
        canvas.DrawRect(box.Left, top, letters.MeasureText(text) + size / 2, 1.3f * size, ground);
        canvas.DrawText(text, box.Left + size / 4, top + size, letters);
    }

    // The same for a label in every picture.
    private static SKColor Color(string label) => SKColor.FromHsl(label.Aggregate(0, (h, c) => unchecked(31 * h + c) & 0xFFFF) % 360, 80, 38);
}
