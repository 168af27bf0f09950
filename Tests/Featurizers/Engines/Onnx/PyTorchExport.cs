using System.Text.Json;
using Google.Protobuf;
using TransferKit.Backbones;
using TransferKit.Engines.Onnx.Proto;
using TransferKit.Graphs;
using TransferKit.Tests.Featurizers.Backbones;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Engines.Onnx;

/// <summary>
/// Networks of torchvision as torch.onnx.export writes them. Reference/make_onnx_reference.py recorded them without their weights, which
/// are computed here.
/// </summary>
internal static class PyTorchExport
{
    /// <summary>Writes a model with its weights beside it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The name of the network.</param>
    /// <param name="opset">The operator set: 11 with batch normalizations, 13 with folded ones.</param>
    /// <param name="recorded">The recorded outputs, whose weights are taken.</param>
    /// <returns>The path of the model.</returns>
    public static string Write(TemporaryFolder folder, string name, int opset, RecordedOutputs recorded)
    {
        using var stream = ReferenceFile.Open("onnx", $"{name}-{opset}.onnx.gz");
        var model = ModelProto.Parser.ParseFrom(stream);
        string entry = model.MetadataProps.Single(property => property.Key == "fill").Value;
        var fills = JsonSerializer.Deserialize<Dictionary<string, string>>(entry)!;
        var graph = Registry.Get(name).Build(size: recorded.Size);
        var state = recorded.Weights(graph);
        using (var weights = File.Create(folder.File("weights.bin")))
            foreach (var tensor in model.Graph.Initializer.Where(tensor => tensor.ExternalData.Count > 0))
                weights.Write(Bytes(fills[tensor.Name], graph, state));
        model.MetadataProps.Clear();
        string path = folder.File($"{name}.onnx");
        File.WriteAllBytes(path, model.ToByteArray());
        return path;
    }

    // A key of the state dict, or "convolution, norm.parameter" for a convolution with its batch normalization folded.
    private static byte[] Bytes(string fill, Graph graph, StateDict state)
    {
        if (fill.Split(", ") is not [var conv, var normAndParameter])
            return state[fill].Bytes.ToArray();
        int dot = normAndParameter.LastIndexOf('.');
        string norm = normAndParameter[..dot], parameter = normAndParameter[(dot + 1)..];
        float[] gamma = [.. state[$"{norm}.weight"].Floats()], variance = [.. state[$"{norm}.running_var"].Floats()];
        double epsilon = ((BatchNorm)graph.Find(norm).Operator).Epsilon;
        double[] factors = [.. gamma.Zip(variance, (g, v) => g / Math.Sqrt(v + epsilon))];
        if (parameter == "bias")
        {
            float[] beta = [.. state[$"{norm}.bias"].Floats()], mean = [.. state[$"{norm}.running_mean"].Floats()];
            float[] convBias = state.TryGetValue($"{conv}.bias", out var b) ? [.. b.Floats()] : new float[beta.Length];
            float[] folded = [.. factors.Select((f, i) => (float)((convBias[i] - mean[i]) * f + beta[i]))];
            return TensorData.From(folded, beta.Length).Bytes.ToArray();
        }
        var weight = state[$"{conv}.weight"];
        float[] kernel = [.. weight.Floats()];
        int perChannel = kernel.Length / factors.Length;
        return TensorData.From([.. kernel.Select((w, i) => (float)(w * factors[i / perChannel]))], weight.Dimensions).Bytes.ToArray();
    }
}
