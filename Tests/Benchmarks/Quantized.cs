using System.Globalization;
using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Engines.Quantization;
using TransferKit.Weights;

namespace TransferKit.Benchmarks;

/// <summary>Measures networks with random weights in ONNX Runtime, in single precision and with 8-bit integers.</summary>
internal static class Quantized
{
    private const int Batch = 8, Rounds = 5;

    public static int Run(string[] names)
    {
        Console.WriteLine($"{Environment.ProcessorCount} processors, batches of {Batch}, medians of {Rounds} rounds, images per second:");
        Console.WriteLine("| network | single precision | 8-bit integers | ratio |");
        Console.WriteLine("| --- | --- | --- | --- |");
        foreach (string name in names)
            Measure(name);
        return 0;
    }

    private static void Measure(string name)
    {
        var graph = Registry.Get(name).Build();
        var network = new Network(graph, RandomWeights.For(graph, seed: 1)).Until("features");
        float[] images = Turns.RandomImages(Batch * graph.Input.Shape.Count);
        float[] results = new float[Batch * network.Graph.Output.Shape.Count];
        using var single = new OnnxInference(network, Environment.ProcessorCount);
        using var quantized = new OnnxInference(network.Quantize([images]), Environment.ProcessorCount);
        double[] seconds = Turns.MedianSeconds(
            Rounds, () => single.Run(images, Batch, results), () => quantized.Run(images, Batch, results));
        double[] speeds = [.. seconds.Select(time => Batch / time)];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {speeds[0]:0.0} | {speeds[1]:0.0} | {speeds[1] / speeds[0]:0.00} |"));
    }
}
