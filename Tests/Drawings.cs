using SkiaSharp;

namespace TransferKit.Tests;

/// <summary>Draws small photos of two classes, discs and bars, and writes them to a folder for each class.</summary>
internal static class Drawings
{
    /// <summary>Draws photos with the numbers from <paramref name="first"/> on, <paramref name="each"/> of each class.</summary>
    public static string Folder(TemporaryFolder folder, int each = 6, string name = "photos", int first = 0)
    {
        foreach (string label in new[] { "discs", "bars" })
            for (int i = first; i < first + each; i++)
                Write(Path.Combine(folder.Root, name, label, $"{i:00}.jpg"), label, i);
        return folder.File(name);
    }

    public static void Write(string path, string label, int seed, SKEncodedImageFormat format = SKEncodedImageFormat.Jpeg)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var random = new Random(seed);
        using var surface = SKSurface.Create(new SKImageInfo(120 + 8 * (seed % 4), 100));
        surface.Canvas.Clear(new SKColor((byte)random.Next(200, 256), (byte)random.Next(200, 256), (byte)random.Next(200, 256)));
        using var paint = new SKPaint
        {
            Color = new SKColor((byte)random.Next(150), (byte)random.Next(150), (byte)random.Next(150)),
        };
        for (int i = 0; i < 5; i++)
            if (label == "discs")
                surface.Canvas.DrawCircle(random.Next(120), random.Next(100), random.Next(8, 20), paint);
            else
                surface.Canvas.DrawRect(random.Next(120), 0, random.Next(4, 12), 100, paint);
        using var image = surface.Snapshot();
        using var data = image.Encode(format, 90);
        File.WriteAllBytes(path, data.ToArray());
    }
}
