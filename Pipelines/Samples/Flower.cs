using SkiaSharp;

namespace TransferKit.Pipelines.Samples;

/// <summary>Draws flowers of five kinds around the origin, about one unit in radius.</summary>
internal static class Flower
{
    /// <summary>The kinds, each with its name and the function that draws it.</summary>
    public static readonly IReadOnlyList<(string Name, Action<SKCanvas, Random> Draw)> Kinds =
        [("daisy", Daisy), ("rose", Rose), ("sunflower", Sunflower), ("tulip", Tulip), ("dandelion", Dandelion)];

    // The kinds share colors, so that a classifier cannot tell them apart by color alone.
    private static void Daisy(SKCanvas canvas, Random random)
    {
        Tilt(canvas, random);
        var petals = random.Pick(
            new SKColor(250, 250, 245), new SKColor(245, 200, 225), new SKColor(205, 180, 240), new SKColor(250, 235, 160));
        int count = random.Next(11, 19);
        Ring(canvas, random, count, length: 1, width: 2.6f / count, tip: 0.9f, petals);
        float radius = 0.2f + 0.08f * random.NextSingle();
        var center = random.Pick(new SKColor(240, 190, 30), new SKColor(225, 150, 20), new SKColor(200, 200, 60));
        Disc(canvas, random, radius, center);
    }

    private static void Sunflower(SKCanvas canvas, Random random)
    {
        Tilt(canvas, random);
        var petals = random.Pick(
            new SKColor(250, 200, 20), new SKColor(245, 160, 20), new SKColor(190, 70, 25), new SKColor(250, 230, 130));
        int count = random.Next(18, 28);
        for (int ring = 0; ring < 2; ring++)
            Ring(canvas, random, count, length: 1 - 0.08f * ring, width: 2.4f / count, tip: 0.15f, petals);
        float radius = 0.45f + 0.12f * random.NextSingle();
        var center = random.Pick(new SKColor(70, 40, 20), new SKColor(40, 30, 25), new SKColor(110, 75, 30));
        Disc(canvas, random, radius, center);
    }

    private static void Rose(SKCanvas canvas, Random random)
    {
        Tilt(canvas, random);
        var color = random.Pick(new SKColor(200, 20, 50), new SKColor(240, 150, 175), new SKColor(250, 245, 235),
            new SKColor(250, 205, 70), new SKColor(240, 130, 70));
        using var fill = new SKPaint { IsAntialias = true };
        using var edge = new SKPaint { IsAntialias = true, IsStroke = true, StrokeWidth = 0.03f, Color = Shaded(color, 0.55f) };
        for (float radius = 0.72f; radius > 0.05f; radius *= 0.8f)
        {
            int petals = radius > 0.4f ? 6 : 4;
            canvas.RotateDegrees(random.NextSingle() * 60);
            for (int i = 0; i < petals; i++)
            {
                canvas.RotateDegrees(360f / petals);
                fill.Color = Shaded(color, 0.65f + 0.35f * radius / 0.72f + random.Between(-0.08f, 0.08f));
                canvas.DrawOval(0, -radius * 0.55f, radius * 0.62f, radius * 0.5f, fill);
                canvas.DrawOval(0, -radius * 0.55f, radius * 0.62f, radius * 0.5f, edge);
            }
        }
    }

    private static void Tulip(SKCanvas canvas, Random random)
    {
        canvas.RotateDegrees(random.Between(-25, 25));
        var color = random.Pick(new SKColor(220, 30, 40), new SKColor(250, 200, 40), new SKColor(235, 130, 170),
            new SKColor(110, 40, 120), new SKColor(250, 245, 240));
        using var paint = new SKPaint { IsAntialias = true };
        float width = random.Between(0.3f, 0.42f);
        foreach (var (angle, shade) in new[] { (-16f, 0.6f), (16f, 0.65f), (-9f, 0.85f), (9f, 0.9f), (0f, 1f) })
        {
            canvas.Save();
            canvas.Translate(0, 0.75f);
            canvas.RotateDegrees(angle * random.Between(0.8f, 1.2f));
            using var petal = Petal(1.6f, width, 0.35f);
            paint.Color = Shaded(color, shade + random.Between(-0.05f, 0.05f));
            canvas.DrawPath(petal, paint);
            canvas.Restore();
        }
    }

    private static void Dandelion(SKCanvas canvas, Random random)
    {
        Tilt(canvas, random);
        bool seeds = random.Next(2) == 0;
        var color = seeds ? new SKColor(235, 238, 240) : random.Pick(new SKColor(250, 210, 30), new SKColor(245, 180, 30));
        using var paint = new SKPaint { IsAntialias = true, IsStroke = true, StrokeCap = SKStrokeCap.Round };
        int count = random.Next(90, 150);
        for (int i = 0; i < count; i++)
        {
            float length = MathF.Sqrt(random.NextSingle()) * 0.95f;
            canvas.RotateDegrees(360f * 0.618034f + random.Between(-8, 8));
            paint.Color = Shaded(color, random.Between(0.7f, 1));
            paint.StrokeWidth = seeds ? 0.018f : 0.06f;
            canvas.DrawLine(0, 0, 0, -length, paint);
            for (int hair = -2; seeds && hair <= 2; hair++)
                canvas.DrawLine(0, -length, hair * 0.05f, -length - 0.12f, paint);
        }
        if (seeds)
            Disc(canvas, random, 0.12f, new SKColor(120, 100, 60));
    }

    // Turns the flower and views it from above or at a slant.
    private static void Tilt(SKCanvas canvas, Random random)
    {
        canvas.RotateDegrees(random.Between(-40, 40));
        canvas.Scale(1, random.Between(0.6f, 1));
        canvas.RotateDegrees(random.NextSingle() * 360);
    }

    // Draws petals around the origin.
    private static void Ring(SKCanvas canvas, Random random, int count, float length, float width, float tip, SKColor color)
    {
        using var paint = new SKPaint { IsAntialias = true };
        canvas.RotateDegrees(random.NextSingle() * 360);
        for (int i = 0; i < count; i++)
        {
            canvas.RotateDegrees(360f / count + random.Between(-2, 2));
            using var petal = Petal(length * random.Between(0.88f, 1), width, tip);
            paint.Color = Shaded(color, random.Between(0.78f, 1));
            canvas.DrawPath(petal, paint);
        }
    }

    // Draws the center: a disc with dots along the spiral in which seeds grow (golden angle, in radians).
    private static void Disc(SKCanvas canvas, Random random, float radius, SKColor color)
    {
        using var paint = new SKPaint { IsAntialias = true, Color = color };
        canvas.DrawCircle(0, 0, radius, paint);
        for (int i = 0; i < 60; i++)
        {
            var (sin, cos) = MathF.SinCos(i * 2.399963f);
            float distance = radius * MathF.Sqrt(i / 60f);
            paint.Color = Shaded(color, random.Between(0.6f, 1.35f));
            canvas.DrawCircle(distance * cos, distance * sin, radius * 0.09f, paint);
        }
    }

    // Creates a petal from the origin upwards. A tip of 0 is pointed, a tip of 1 is round.
    private static SKPath Petal(float length, float width, float tip)
    {
        var path = new SKPath();
        path.CubicTo(-width, -0.35f * length, -width * tip, -length, 0, -length);
        path.CubicTo(width * tip, -length, width, -0.35f * length, 0, 0);
        return path;
    }

    private static SKColor Shaded(SKColor color, float brightness)
    {
        return new(Scaled(color.Red), Scaled(color.Green), Scaled(color.Blue));

        byte Scaled(byte level) => (byte)Math.Clamp(level * brightness, 0, 255);
    }
}
