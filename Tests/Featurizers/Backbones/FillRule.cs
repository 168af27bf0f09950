using System.Runtime.InteropServices;
using System.Text;
using TransferKit.Graphs;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Backbones;

/// <summary>Computes reproducible weights and images by the rule of Reference/make_reference.py, which is easy to port.</summary>
internal static class FillRule
{
    /// <summary>Computes weights for parameters and buffers.</summary>
    public static StateDict Fill(IEnumerable<(string Key, ParameterSpec Parameter)> parameters, string salt, double gain)
    {
        var state = new StateDict();
        foreach (var (key, parameter) in parameters)
        {
            bool isFixed = parameter.IsInteger || parameter.Init is Initializer.Values;
            state[key] = isFixed ? RandomWeights.Create(key, parameter, 0) : Fill(salt + key, parameter, gain);
        }
        return state;
    }

    /// <summary>Computes an image of noise from -2 to 2.</summary>
    public static IEnumerable<float> Noise(string salt, int height, int width) =>
        Uniform(salt + "input", 3 * height * width).Select(u => (float)((u * 2 - 1) * 2));

    /// <summary>Computes an image of blocks of 32 x 32 pixels, with values from -2 to 2.</summary>
    public static IEnumerable<float> Blocks(string salt, int height, int width)
    {
        int rows = (height + 31) / 32, columns = (width + 31) / 32;
        double[] blocks = [.. Uniform(salt + "blocks", 3 * rows * columns)];
        return from c in Enumerable.Range(0, 3)
               from y in Enumerable.Range(0, height)
               from x in Enumerable.Range(0, width)
               select (float)((blocks[(c * rows + y / 32) * columns + x / 32] * 2 - 1) * 2);
    }

    /// <summary>Computes pseudorandom numbers from 0 to below 1.</summary>
    public static IEnumerable<double> Uniform(string name, int count)
    {
        ulong seed = Hash(name);
        return Enumerable.Range(0, count).Select(i => Uniform(seed, i));
    }

    private static TensorData Fill(string name, ParameterSpec parameter, double gain)
    {
        byte[] bytes = new byte[4 * parameter.Count];
        ulong seed = Hash(name);
        double scale = parameter.Dimensions.Length < 2 ? 0 : gain * Math.Sqrt(3.0 / (parameter.Count / parameter.Dimensions[0]));
        Func<double, double> value = (name.Split('.')[^1], parameter.Dimensions.Length) switch
        {
            ("cls_token" or "class_token" or "class_embedding" or "register_tokens" or "mask_token" or "pos_embed"
                or "pos_embedding" or "positional_embedding" or "relative_position_bias_table", _) => u => (2 * u - 1) * 0.5,
            ("layer_scale" or "gamma", _) => u => 0.5 + u,
            ("logit_scale", _) => u => 1 + u,
            ("running_var", _) or ("weight", 1) => u => 0.5 + u,
            (_, 1) => u => (u - 0.5) * 0.2,
            _ => u => (2 * u - 1) * scale,
        };
        Parallel.For(0, (parameter.Count + 65535) / 65536, chunk =>
        {
            var values = MemoryMarshal.Cast<byte, float>(bytes.AsSpan());
            for (int i = chunk * 65536; i < Math.Min(values.Length, (chunk + 1) * 65536); i++)
                values[i] = (float)value(Uniform(seed, i));
        });
        return new TensorData(ElementType.Float32, parameter.Dimensions, bytes);
    }

    // The FNV-1a hash.
    private static ulong Hash(string text) =>
        Encoding.UTF8.GetBytes(text).Aggregate(0xCBF29CE484222325UL, (hash, b) => unchecked((hash ^ b) * 0x100000001B3UL));

    // The SplitMix64 generator.
    private static double Uniform(ulong seed, long i)
    {
        unchecked
        {
            ulong z = seed + (ulong)(i + 1) * 0x9E3779B97F4A7C15UL;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
            return ((z ^ (z >> 31)) >> 40) / (double)(1 << 24);
        }
    }
}
