using System.Runtime.InteropServices;
using TransferKit.Graphs;

namespace TransferKit.Weights;

/// <summary>Initializes parameters randomly, as torchvision does. The same seed gives the same weights on every platform.</summary>
internal static class RandomWeights
{
    /// <summary>Creates randomly initialized weights for every parameter of a graph.</summary>
    /// <param name="graph">The graph; each of its parameters has its own rule of initialization.</param>
    /// <param name="seed">The random seed.</param>
    public static StateDict For(Graph graph, int seed = 0)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var tensors = graph.State.AsParallel().AsOrdered().Select(s => (s.Key, Tensor: Create(s.Key, s.Parameter, seed)));
        var weights = new StateDict();
        foreach (var (key, tensor) in tensors.ToList())
            weights[key] = tensor;
        return weights;
    }

    /// <summary>
    /// Creates the tensor of one parameter. It depends only on the seed and the key, so a new head never changes other layers.
    /// </summary>
    internal static TensorData Create(string key, ParameterSpec parameter, int seed)
    {
        if (parameter.IsCounter)
            return new TensorData(ElementType.Int64, parameter.Dimensions, new byte[sizeof(long)]);
        if (parameter.Init is Initializer.Indices(var indices))
        {
            long[] elements = [.. indices];
            return new TensorData(ElementType.Int64, parameter.Dimensions, MemoryMarshal.AsBytes<long>(elements).ToArray());
        }
        byte[] bytes = new byte[parameter.Count * sizeof(float)];
        var values = MemoryMarshal.Cast<byte, float>(bytes.AsSpan());
        var random = new Random(key.Aggregate(seed, (hash, c) => unchecked(hash * 31 + c)));
        switch (parameter.Init)
        {
            case Initializer.Constant(var value): values.Fill(value); break;
            case Initializer.Normal(var deviation): Normal(values, deviation, random); break;
            case Initializer.Values(var numbers): numbers.ToArray().CopyTo(values); break;
            case Initializer.Uniform(var bound):
                foreach (ref float value in values)
                    value = (float)((random.NextDouble() * 2 - 1) * bound);
                break;
            default: throw new NotSupportedException($"The initializer {parameter.Init} of '{key}' is not supported.");
        }
        return new TensorData(ElementType.Float32, parameter.Dimensions, bytes);
    }

    // The transform of Box and Muller (1958): two uniform numbers give two normal ones.
    private static void Normal(Span<float> values, double deviation, Random random)
    {
        for (int i = 0; i < values.Length; i += 2)
        {
            double radius = deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            var (sin, cos) = Math.SinCos(2 * Math.PI * random.NextDouble());
            values[i] = (float)(radius * cos);
            if (i + 1 < values.Length)
                values[i + 1] = (float)(radius * sin);
        }
    }
}
