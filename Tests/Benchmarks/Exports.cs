using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Engines.Torch;
using TransferKit.Weights;

namespace TransferKit.Benchmarks;

/// <summary>
/// Measures networks in ONNX Runtime, as a featurizer runs them and in one run on all processors, beside TorchSharp eager, and beside the
/// same networks exported by PyTorch (<c>export_peer.py</c>) and run by ONNX Runtime as it comes. Batches of 8 images.
/// </summary>
internal static class Exports
{
    private const int Batch = 8, Rounds = 7;

    public static int Run(string folder)
    {
        Console.WriteLine($"{Environment.ProcessorCount} processors, batches of {Batch}, medians of {Rounds} rounds, images per second:");
        Console.WriteLine(
            "| network | a run on each processor | one run | TorchSharp eager | PyTorch's export | relative to PyTorch's export |");
        Console.WriteLine("| --- | --- | --- | --- | --- | --- |");
        foreach (string file in Directory.EnumerateFiles(folder, "*.onnx").Order(StringComparer.Ordinal))
            Measure(Path.GetFileNameWithoutExtension(file), file);
        return 0;
    }

    private static void Measure(string name, string file)
    {
        var graph = Registry.Get(name).Build();
        var network = new Network(graph, RandomWeights.For(graph, seed: 1));
        float[] images = Turns.RandomImages(Batch * graph.Input.Shape.Count), results = new float[Batch * graph.Output.Shape.Count];
        using var ours = new InferenceSession(OnnxExport.ToArray(network, new OnnxOptions()));
        using var oneThread = new OnnxInference(network);
        using var eager = new TorchInference(network);
        using var exported = new InferenceSession(file);
        using var input = OrtValue.CreateTensorValueFromMemory(images, [Batch, .. graph.Input.Shape.Dimensions]);
        using var options = new RunOptions();
        double[] seconds = Turns.MedianSeconds(Rounds,
            () => Parallel.For(0, Environment.ProcessorCount, _ => oneThread.Run(images, Batch, new float[results.Length])),
            () => ours.Run(options, ["images"], [input], ["output"]).Dispose(),
            () => eager.Run(images, Batch, results),
            () => exported.Run(options, ["images"], [input], ["output"]).Dispose());
        double[] speeds = [.. seconds.Select(time => Batch / time)];
        speeds[0] *= Environment.ProcessorCount;
        string ratios = string.Join(", ", speeds.SkipLast(1).Select(speed => Text(speed / speeds[^1], "0.00")));
        Console.WriteLine($"| {name} | {string.Join(" | ", speeds.Select(speed => Text(speed, "0.0")))} | {ratios} |");
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
