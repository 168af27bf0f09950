using System.Globalization;
using SkiaSharp;
using TransferKit.Images;
using TransferKit.Maps;
using TransferKit.Pipelines.Serving;

namespace TransferKit.Toolkit.Reports;

/// <summary>Draws a photo, its class activation map and the scores of its labels side by side.</summary>
/// <remarks>The background is transparent, so that the picture suits light and dark pages.</remarks>
internal static class ExplanationPicture
{
    /// <summary>The size of the picture in pixels.</summary>
    public const int Width = 900, Height = 300;

    private const int LabelCount = 5;
    private const float Gap = 12, PanelWidth = (Width - 2 * Gap) / 3, Corner = 14, Margin = 20;

    private static readonly Preprocessing Square = Preprocessing.ImageNet with { Resize = Height, Crop = Height };

    // Some platforms have a serif font as the default.
    private static readonly string? FontFamily = SKFontManager.Default.FontFamilies
        .FirstOrDefault(f => f is "Segoe UI" or "Helvetica" or "Arial" or "Liberation Sans" or "DejaVu Sans" or "Noto Sans");

    private static readonly SKColor Card = new(0x1C, 0x24, 0x30), Light = new(0xF1, 0xF5, 0xFA), Soft = new(0x9A, 0xA8, 0xBC);
    private static readonly SKColor Bar = new(0x6A, 0xA6, 0xFF), Track = new(0x33, 0x3F, 0x51);

    /// <summary>Draws the picture.</summary>
    /// <param name="photo">The photo; its center square is shown.</param>
    /// <param name="trueLabel">The label of the photo.</param>
    /// <param name="map">The map of the predicted label.</param>
    /// <param name="prediction">The prediction, of which the first five labels are shown.</param>
    /// <returns>The content of a PNG file.</returns>
    public static byte[] Png(Picture photo, string trueLabel, ActivationMap map, ImageClassification prediction)
    {
        using var bitmap = new SKBitmap(Width, Height, SKColorType.Rgba8888, SKAlphaType.Premul);
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.Transparent);
        DrawPhoto(canvas, Panel(0), photo, $"photo: {trueLabel}");
        DrawPhoto(canvas, Panel(1), map.Overlay(photo), $"map: {prediction.Label}");
        DrawScores(canvas, Panel(2), prediction);
        canvas.Flush();
        using var pixels = bitmap.PeekPixels();
        using var png = pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.AllFilters, zLibLevel: 9));
        return png.ToArray();
    }

    private static SKRect Panel(int index) => SKRect.Create(index * (PanelWidth + Gap), 0, PanelWidth, Height);

    private static void DrawPhoto(SKCanvas canvas, SKRect panel, Picture photo, string caption)
    {
        using var bitmap = SKBitmap.Decode(ImageEncoder.Png(Coarsen(Square.ResizeAndCrop(photo))));
        using var rounded = new SKRoundRect(panel, Corner);
        canvas.Save();
        canvas.ClipRoundRect(rounded, antialias: true);
        // The center of the square, without the few columns by which a panel is narrower than high.
        canvas.DrawBitmap(bitmap, panel.Left - (Height - PanelWidth) / 2, panel.Top);
        using var ground = new SKPaint { Color = Card.WithAlpha(0xD0) };
        using var text = Paint(15, Light);
        string line = Shorten(caption, text, PanelWidth - 2 * Margin);
        canvas.DrawRect(SKRect.Create(panel.Left, panel.Bottom - 32, text.MeasureText(line) + 28, 32), ground);
        canvas.DrawText(line, panel.Left + 14, panel.Bottom - 11, text);
        canvas.Restore();
    }

    // Rounds colors to 32 levels: the lowest bits are mostly noise, which would more than double the size of the PNG file.
    private static Picture Coarsen(Picture picture)
    {
        byte[] pixels = picture.Pixels.ToArray();
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(pixels[i] & 0xF8 | 4);
        return new(picture.Width, picture.Height, pixels);
    }

    private static void DrawScores(SKCanvas canvas, SKRect panel, ImageClassification prediction)
    {
        using var ground = new SKPaint { Color = Card, IsAntialias = true };
        using SKPaint heading = Paint(15, Soft), title = Paint(32, Light, bold: true);
        float left = panel.Left + Margin, width = panel.Width - 2 * Margin;
        canvas.DrawRoundRect(panel, Corner, Corner, ground);
        canvas.DrawText("prediction", left, 34, heading);
        canvas.DrawText(Shorten(prediction.Label, title, width), left, 72, title);
        foreach (var (i, label) in prediction.Scores.Take(LabelCount).Index())
        {
            var area = SKRect.Create(left, 98 + 38 * i, width, 38);
            string score = label.Score.ToString(prediction.HasProbabilities ? "0.0 %" : "0.00", CultureInfo.InvariantCulture);
            DrawBar(canvas, area, label.Label, score, Fraction(label.Score, prediction));
        }
    }

    // Decision values have no scale of their own: the highest one has the full length, the lowest of all none.
    private static float Fraction(float score, ImageClassification prediction)
    {
        float highest = prediction.Scores[0].Score, lowest = prediction.Scores[^1].Score;
        return prediction.HasProbabilities ? score : highest > lowest ? (score - lowest) / (highest - lowest) : 1;
    }

    private static void DrawBar(SKCanvas canvas, SKRect area, string label, string score, float fraction)
    {
        using var text = Paint(15, Light);
        using SKPaint track = new() { Color = Track, IsAntialias = true }, bar = new() { Color = Bar, IsAntialias = true };
        float scoreWidth = text.MeasureText(score);
        canvas.DrawText(Shorten(label, text, area.Width - scoreWidth - 10), area.Left, area.Top + 15, text);
        canvas.DrawText(score, area.Right - scoreWidth, area.Top + 15, text);
        canvas.DrawRoundRect(SKRect.Create(area.Left, area.Top + 21, area.Width, 7), 3.5f, 3.5f, track);
        canvas.DrawRoundRect(SKRect.Create(area.Left, area.Top + 21, Math.Max(7, fraction * area.Width), 7), 3.5f, 3.5f, bar);
    }

    private static SKPaint Paint(float size, SKColor color, bool bold = false) => new()
    {
        TextSize = size,
        Color = color,
        IsAntialias = true,
        Typeface = SKTypeface.FromFamilyName(FontFamily, bold ? SKFontStyle.Bold : SKFontStyle.Normal),
    };

    private static string Shorten(string text, SKPaint paint, float width)
    {
        if (paint.MeasureText(text) <= width)
            return text;
        int length = text.Length - 1;
        while (length > 0 && paint.MeasureText(text[..length] + "…") > width)
            length--;
        return text[..length] + "…";
    }
}
