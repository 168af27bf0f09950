using System.IO.Compression;
using System.Text.Json;
using TransferKit.Detection;
using TransferKit.Tests.Featurizers.Backbones;

namespace TransferKit.Tests.Featurizers.Detection;

/// <summary>Recorded outputs of torchvision's detectors and operators (Reference/detection, made by make_detection_reference.py).</summary>
internal static class DetectionReference
{
    public static JsonElement Read(string name)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Reference", "detection", name + ".json.gz");
        using var stream = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        return JsonDocument.Parse(stream).RootElement;
    }

    /// <summary>The boxes of the reference with this name, in an image of 320 x 240.</summary>
    public static Box[] Boxes(string name, int count)
    {
        double[] u = [.. FillRule.Uniform(name, 4 * count)];
        return [.. u.Chunk(4).Select(row =>
        {
            double left = row[0] * 320 * .7, top = row[1] * 240 * .7;
            double right = Math.Min(left + 4 + row[2] * 320 * .5, 320), bottom = Math.Min(top + 4 + row[3] * 240 * .5, 240);
            return new Box((float)left, (float)top, (float)right, (float)bottom);
        })];
    }

    public static float[] Numbers(this JsonElement element) => [.. element.EnumerateArray().Select(e => e.GetSingle())];

    public static int[] Integers(this JsonElement element) => [.. element.EnumerateArray().Select(e => e.GetInt32())];

    public static float[] Coordinates(this IEnumerable<Box> boxes) =>
        [.. boxes.SelectMany(b => new[] { b.Left, b.Top, b.Right, b.Bottom })];

    /// <summary>Compares values with the recorded norm, first values and last values of a tensor.</summary>
    public static void IsAs(ReadOnlySpan<float> actual, JsonElement recorded, double tolerance, string what)
    {
        Assert.Equal(recorded.GetProperty("shape").Integers().Aggregate(1, (a, b) => a * b), actual.Length);
        double expected = recorded.GetProperty("norm").GetDouble(), norm = Math.Sqrt(actual.ToArray().Sum(v => (double)v * v));
        Assert.True(Math.Abs(norm - expected) <= tolerance * expected, $"{what}: the norm is {norm} instead of {expected}");
        float[] first = recorded.GetProperty("first").Numbers(), last = recorded.GetProperty("last").Numbers();
        Close.Equal(first, actual[..first.Length], tolerance, $"{what}, first values");
        Close.Equal(last, actual[^last.Length..], tolerance, $"{what}, last values");
    }
}
