using System.Runtime.InteropServices;
using SkiaSharp;

namespace TransferKit.Pipelines.Samples;

/// <summary>Draws a scene: a flower before a cluttered background, with uneven light and a camera's blur and noise.</summary>
internal static class Scene
{
    private static readonly SKColor[] GroundColors =
    [
        new(60, 110, 50), new(110, 140, 70), new(90, 80, 60), new(130, 160, 200), new(180, 190, 195),
        new(50, 60, 55), new(150, 120, 90), new(200, 180, 150),
    ];

    /// <summary>Draws a scene and encodes it.</summary>
    /// <param name="drawFlower">Draws the flower around the origin, about one unit in radius.</param>
    /// <param name="random">The source of everything random.</param>
    /// <returns>The content of a JPEG file.</returns>
    public static byte[] Jpeg(Action<SKCanvas, Random> drawFlower, Random random)
    {
        int width = random.Next(224, 321), height = random.Next(200, 289);
        using var surface = SKSurface.Create(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var canvas = surface.Canvas;
        Background(canvas, random, width, height);
        Grass(canvas, random, width, height, random.Next(10, 40));
        float size = Math.Min(width, height) * random.Between(0.2f, 0.42f);
        float x = width * random.Between(0.3f, 0.7f), y = height * random.Between(0.3f, 0.62f);
        Stem(canvas, random, x, y, size, height);
        canvas.Save();
        canvas.Translate(x, y);
        canvas.Scale(size);
        drawFlower(canvas, random);
        canvas.Restore();
        Grass(canvas, random, width, height, random.Next(0, 6));
        Light(canvas, random, width, height);
        using var photo = BlurAndNoise(surface, random);
        using var image = SKImage.FromBitmap(photo);
        using var data = image.Encode(SKEncodedImageFormat.Jpeg, random.Next(70, 93));
        return data.ToArray();
    }

    // Draws a gradient of two colors with blurred blots, some of them as bright as flowers.
    private static void Background(SKCanvas canvas, Random random, int width, int height)
    {
        using var ground = new SKPaint();
        using var gradient = SKShader.CreateLinearGradient(new(0, 0), new(random.Next(width), height),
            [random.Pick(GroundColors), random.Pick(GroundColors)], SKShaderTileMode.Clamp);
        ground.Shader = gradient;
        canvas.DrawRect(0, 0, width, height, ground);
        using var blot = new SKPaint { IsAntialias = true };
        for (int i = random.Next(15, 40); i > 0; i--)
        {
            using var blur = SKMaskFilter.CreateBlur(SKBlurStyle.Normal, random.Between(2, 10));
            blot.MaskFilter = blur;
            blot.Color = random.Next(5) == 0
                ? SKColor.FromHsv(random.Next(360), random.Next(30, 90), random.Next(60, 100))
                : random.Pick(GroundColors).WithAlpha(200);
            canvas.DrawOval(random.Next(width), random.Next(height), random.Next(4, 30), random.Next(4, 30), blot);
        }
    }

    private static void Grass(SKCanvas canvas, Random random, int width, int height, int count)
    {
        using var paint = new SKPaint { IsAntialias = true, IsStroke = true, StrokeCap = SKStrokeCap.Round };
        for (int i = 0; i < count; i++)
        {
            using var path = new SKPath();
            float x = random.Next(width), length = height * random.Between(0.2f, 0.7f);
            path.MoveTo(x, height);
            path.QuadTo(x, height - length / 2, x + random.Between(-50, 50), height - length);
            paint.StrokeWidth = random.Between(1.5f, 5);
            paint.Color = SKColor.FromHsv(random.Next(70, 140), random.Next(30, 80), random.Next(25, 70));
            canvas.DrawPath(path, paint);
        }
    }

    private static void Stem(SKCanvas canvas, Random random, float x, float y, float size, int height)
    {
        using var path = new SKPath();
        path.MoveTo(x, y);
        path.QuadTo(x + random.Between(-20, 20), (y + height) / 2, x + random.Between(-40, 40), height);
        using var paint = new SKPaint
        {
            IsAntialias = true,
            IsStroke = true,
            StrokeWidth = size * random.Between(0.08f, 0.14f),
            Color = SKColor.FromHsv(random.Next(80, 130), 60, random.Next(30, 60)),
        };
        canvas.DrawPath(path, paint);
    }

    // Multiplies the image by a gradient from bright to dark of a warm or cold tint.
    private static void Light(SKCanvas canvas, Random random, int width, int height)
    {
        var (sin, cos) = MathF.SinCos(random.NextSingle() * MathF.Tau);
        var tint = SKColor.FromHsv(random.Pick(35, 45, 210, 220), random.Next(0, 35), 100);
        float darkness = random.Between(0.35f, 0.85f);
        using var paint = new SKPaint { BlendMode = SKBlendMode.Multiply };
        SKPoint bright = new(width / 2f * (1 + cos), height / 2f * (1 + sin)), dark = new(width / 2f * (1 - cos), height / 2f * (1 - sin));
        SKColor shade = new((byte)(tint.Red * darkness), (byte)(tint.Green * darkness), (byte)(tint.Blue * darkness));
        using var gradient = SKShader.CreateLinearGradient(bright, dark, [tint, shade], SKShaderTileMode.Clamp);
        paint.Shader = gradient;
        canvas.DrawRect(0, 0, width, height, paint);
    }

    // Copies the drawing as a camera would record it: slightly blurred and noisy.
    private static SKBitmap BlurAndNoise(SKSurface surface, Random random)
    {
        using var image = surface.Snapshot();
        var info = new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        var bitmap = new SKBitmap(info);
        using (var canvas = new SKCanvas(bitmap))
        using (var blur = SKImageFilter.CreateBlur(random.Between(0.1f, 1.3f), random.Between(0.1f, 1.3f), SKShaderTileMode.Clamp))
        using (var paint = new SKPaint { ImageFilter = blur })
            canvas.DrawImage(image, 0, 0, paint);
        byte[] pixels = bitmap.Bytes;
        int noise = random.Next(4, 22);
        for (int i = 0; i < pixels.Length; i++)
            if (i % 4 != 3)
                pixels[i] = (byte)Math.Clamp(pixels[i] + random.Next(-noise, noise + 1), 0, 255);
        Marshal.Copy(pixels, 0, bitmap.GetPixels(), pixels.Length);
        return bitmap;
    }

    /// <summary>Draws a random number between two bounds.</summary>
    internal static float Between(this Random random, float low, float high) => low + (high - low) * random.NextSingle();

    /// <summary>Draws one of several values at random.</summary>
    internal static T Pick<T>(this Random random, params T[] choices) => choices[random.Next(choices.Length)];
}
