using System.IO.Compression;
using System.Text.Json;
using TransferKit.Detection;
using TransferKit.Tests.Featurizers.Backbones;

namespace TransferKit.Tests.Featurizers.Detection;

/// <summary>What torchvision's detectors and their operators compute (Reference/detection, recorded by make_detection_reference.py).</summary>
internal static class DetectionReference
{
    public static JsonElement Read(string name)
    {
        using var stream = new GZipStream(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Reference", "detection", name + ".json.gz")), CompressionMode.Decompress);
        return JsonDocument.Parse(stream).RootElement;
    }

    /// <summary>The boxes of the reference with this name, in an image of 320 x 240.</summary>
    public static Box[] Boxes(string name, int count)
    {
        double[] u = [.. FillRule.Uniform(name, 4 * count)];
        return [.. u.Chunk(4).Select(row =>
        {
            double x = row[0] * 320 * .7, y = row[1] * 240 * .7;
            return new Box((float)x, (float)y, (float)Math.Min(x + 4 + row[2] * 320 * .5, 320), (float)Math.Min(y + 4 + row[3] * 240 * .5, 240));
        })];
    }

    public static float[] Numbers(this JsonElement element) => [.. element.EnumerateArray().Select(e => e.GetSingle())];

    public static int[] Integers(this JsonElement element) => [.. element.EnumerateArray().Select(e => e.GetInt32())];

    public static float[] Coordinates(this IEnumerable<Box> boxes) => [.. boxes.SelectMany(b => new[] { b.Left, b.Top, b.Right, b.Bottom })];

    /// <summary>Compares with what is recorded of a tensor: its norm, its first and its last values.</summary>
    public static void IsAs(ReadOnlySpan<float> actual, JsonElement recorded, double tolerance, string what)
    {
        Assert.Equal(recorded.GetProperty("shape").Integers().Aggregate(1, (a, b) => a * b), actual.Length);
        double norm = recorded.GetProperty("norm").GetDouble(), own = Math.Sqrt(actual.ToArray().Sum(v => (double)v * v));
        Assert.True(Math.Abs(own - norm) <= tolerance * norm, $"{what}: the norm is {own} instead of {norm}");
        float[] first = recorded.GetProperty("first").Numbers(), last = recorded.GetProperty("last").Numbers();
        Close.Equal(first, actual[..first.Length], tolerance, $"{what}, first values");
        Close.Equal(last, actual[^last.Length..], tolerance, $"{what}, last values");
    }
}
