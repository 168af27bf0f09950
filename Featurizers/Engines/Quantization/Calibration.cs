using Microsoft.ML.OnnxRuntime;
using TransferKit.Engines.Onnx;
using TransferKit.Graphs;

namespace TransferKit.Engines.Quantization;

/// <summary>Measures the ranges of a network's values on calibration images, in single precision.</summary>
internal static class Calibration
{
    /// <summary>Returns the range of each of some nodes.</summary>
    /// <exception cref="ArgumentException">There are no images.</exception>
    public static Dictionary<Node, (double Min, double Max)> Ranges(
        Network network, IReadOnlyList<Node> nodes, IEnumerable<float[]> batches, CalibrationMethod method)
    {
        var histograms = nodes.Select(_ => new Histogram()).ToArray();
        using var options = new SessionOptions();
        using var session = new InferenceSession(OnnxExport.ToArray(network, new OnnxOptions { Values = nodes }), options);
        using var run = new RunOptions();
        string[] outputs = [.. session.OutputNames.Skip(1)];
        bool isEmpty = true;
        foreach (float[] batch in batches)
        {
            isEmpty = false;
            long[] shape = [batch.Length / network.Graph.Input.Shape.Count, .. network.Graph.Input.Shape.Dimensions];
            using var input = OrtValue.CreateTensorValueFromMemory(batch, shape);
            using var values = session.Run(run, ["images"], [input], outputs);
            Parallel.For(0, outputs.Length, i => histograms[i].Add(values[i].GetTensorDataAsSpan<float>()));
        }
        if (isEmpty)
            throw new ArgumentException("There are no calibration images: quantization needs some, 200 for example.");
        return nodes.Zip(histograms).ToDictionary(pair => pair.First, pair => pair.Second.Range(method));
    }
}
