using System.Text.Json;
using TransferKit.Graphs;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Backbones;

/// <summary>
/// Recorded outputs of torchvision and timm for reproducible weights (Reference/zoo). Reference/make_reference.py contains the rule for the
/// weights and records the outputs.
/// </summary>
public sealed record RecordedOutputs(string Source, string Salt, double Gain, int[] Input, long Parameters, long Macs, int FeatureWidth,
    float[][] Logits, float[][] Features, Dictionary<string, float[][]> Aux, Dictionary<string, int[]> State)
{
    private const string WellConditioned = ".calm";

    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static RecordedOutputs Read(string model)
    {
        bool isWellConditioned = model.EndsWith(WellConditioned, StringComparison.Ordinal);
        string name = isWellConditioned ? model[..^WellConditioned.Length] : model, options = isWellConditioned ? " --gain 1" : "";
        Assert.True(IsRecorded(model), $"There is no recorded output of {model}. " +
            $"Run `Tests/Reference/make_reference.py {name}{options}`, then `gzip -9n`, " +
            $"and save the result as Tests/Reference/zoo/{model}.json.gz.");
        using var stream = ReferenceFile.Open("zoo", model + ".json.gz");
        var recorded = JsonSerializer.Deserialize<RecordedOutputs>(stream, Options)!;
        recorded = recorded with { Aux = recorded.Aux ?? [] };
        if (model != "googlenet")
            return recorded;
        // torchvision 0.14 exchanges the two: GoogLeNet's forward unpacks (logits, aux2, aux1) as (x, aux1, aux2).
        return recorded with
        {
            Aux = new() { ["aux_logits1"] = recorded.Aux["aux_logits2"], ["aux_logits2"] = recorded.Aux["aux_logits1"] },
        };
    }

    /// <summary>Returns whether outputs of a model are recorded.</summary>
    public static bool IsRecorded(string model) => File.Exists(PathOf(model));

    /// <summary>Whether the reference has no classifier, so that its output is the features.</summary>
    public bool HasNoClassifier => HasOutputs ? Logits[0].SequenceEqual(Features[0]) : State.Values.Last() is not [1000];

    /// <summary>Whether outputs are recorded, and not only the keys and shapes of the parameters.</summary>
    public bool HasOutputs => Logits is not null;

    /// <summary>Width and height of the images in pixels.</summary>
    public int Size => HasOutputs ? Input[2] : 224;

    /// <summary>The tolerance of engines, relative to the largest magnitude; it is greater for networks with large values.</summary>
    public double Tolerance => Logits.Max(row => row.Max(Math.Abs)) > 1000 ? 1e-3 : 1e-4;

    /// <summary>
    /// Reads the recording that tolerates other orders of summation. With the weight gains 5 and 4 of the other recordings, rounding errors
    /// grow in MobileNetV2 and V1: torchvision's results in float64 differ from those in float32 by 14 % and 0.7 %. At gain 1 they differ
    /// by 1e-6.
    /// </summary>
    public static RecordedOutputs ReadWellConditioned(string model) =>
        Read(model is "mobilenet_v2" or "mobilenetv1_100" ? model + WellConditioned : model);

    /// <summary>The recorded values of a node for both images: <c>features</c>, <c>logits</c>, or an auxiliary classifier's.</summary>
    public float[] ValuesOf(string node)
    {
        float[][] values = node switch { "features" => Features, "logits" => Logits, _ => Aux[node] };
        return [.. values.SelectMany(v => v)];
    }

    /// <summary>Computes the two images of the recording: noise, and blocks of 32 x 32 pixels.</summary>
    public float[] Images() => [.. FillRule.Noise(Salt, Size, Size), .. FillRule.Blocks(Salt, Size, Size)];

    /// <summary>Computes the weights of the recording.</summary>
    public StateDict Weights(Graph graph) => FillRule.Fill(graph.State, Salt, Gain);

    private static string PathOf(string model) => ReferenceFile.Path("zoo", model + ".json.gz");
}
