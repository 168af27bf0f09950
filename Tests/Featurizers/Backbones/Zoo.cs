using System.IO.Compression;
using System.Text.Json;
using TransferKit.Graphs;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Backbones;

/// <summary>
/// What torchvision or timm computes for weights that any language can make again (Reference/zoo; the fill rule stands in make_reference.py
/// there, which records them).
/// </summary>
public sealed record Zoo(string Source, string Salt, double Gain, int[] Input, long Parameters, long Macs, int FeatureWidth, float[][] Logits,
    float[][] Features, Dictionary<string, float[][]> Aux, Dictionary<string, int[]> State)
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static Zoo Read(string model)
    {
        string path = PathOf(model);
        Assert.True(File.Exists(path), $"There is no recorded output of {model}: run Tests/Reference/make_reference.py {model} and gzip it to {path}.");
        using var stream = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        var zoo = JsonSerializer.Deserialize<Zoo>(stream, Options)!;
        // GoogLeNet's forward unpacks (logits, aux2, aux1) as (x, aux1, aux2), so torchvision 0.14 gives each auxiliary's logits the other's name.
        return model == "googlenet" ? zoo with { Aux = new() { ["aux_logits1"] = zoo.Aux["aux_logits2"], ["aux_logits2"] = zoo.Aux["aux_logits1"] } } : zoo;
    }

    /// <summary>Whether outputs of a model are recorded.</summary>
    public static bool Has(string model) => File.Exists(PathOf(model));

    /// <summary>Width and height of the images in pixels.</summary>
    public int Size => Input[2];

    /// <summary>What engines may differ by, relative to the largest magnitude: more where values are large all through the network.</summary>
    public double Tolerance => Logits.Max(row => row.Max(Math.Abs)) > 1000 ? 1e-3 : 1e-4;

    /// <summary>
    /// The recording to hold reordered arithmetic against. Filled with gains of 5 and 4, MobileNetV2 and V1 are chaotic: torchvision's own
    /// float64 results are 14 % and 0.7 % away from its float32, so folded or ONNX networks are compared at gain 1 (1e-6 away) instead.
    /// </summary>
    public static Zoo ReadCalm(string model) => Read(model is "mobilenet_v2" or "mobilenetv1_100" ? model + ".calm" : model);

    /// <summary>What a node gives for both images: <c>features</c>, <c>logits</c>, or an auxiliary classifier's logits.</summary>
    public float[] Value(string node) => [.. (node switch { "features" => Features, "logits" => Logits, _ => Aux[node] }).SelectMany(v => v)];

    /// <summary>The two images of the reference: noise, and blocks of 32 x 32 pixels.</summary>
    public float[] Images() => [.. FillRule.Noise(Salt, Size, Size), .. FillRule.Blocks(Salt, Size, Size)];

    public StateDict Fill(Graph graph) => FillRule.Fill(graph.State, Salt, Gain);

    private static string PathOf(string model) => Path.Combine(AppContext.BaseDirectory, "Reference", "zoo", model + ".json.gz");
}
