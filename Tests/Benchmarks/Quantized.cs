using System.Diagnostics;
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
        float[] images = new float[Batch * graph.Input.Shape.Count];
        var random = new Random(1);
        foreach (ref float value in images.AsSpan())
            value = random.NextSingle() * 4 - 2;
        float[] results = new float[Batch * network.Graph.Output.Shape.Count];
        using var single = new OnnxInference(network, Environment.ProcessorCount);
        var int8 = network.Quantize([images]);

        using var quantized = new OnnxInference(int8, Environment.ProcessorCount);
        OnnxInference[] contenders = [single, quantized];
        var seconds = contenders.Select(_ => new List<double>()).ToArray();
        for (int round = -1; round < Rounds; round++)
            for (int i = 0; i < contenders.Length; i++)
            {
                var clock = Stopwatch.StartNew();
                contenders[i].Run(images, Batch, results);
                if (round >= 0)
                    seconds[i].Add(clock.Elapsed.TotalSeconds);
            }
        double[] speeds = [.. seconds.Select(times => Batch / times.Order().ElementAt(Rounds / 2))];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {speeds[0]:0.0} | {speeds[1]:0.0} | {speeds[1] / speeds[0]:0.00} |"));
    }
}
