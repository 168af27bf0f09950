using TransferKit.Graphs;

namespace TransferKit.Detection;

/// <summary>Maps of several strides in which each pixel also knows what deeper layers do (Lin et al. 2016, arXiv:1612.03144).</summary>
internal static class FeaturePyramid
{
    /// <summary>The last map, the deepest one with every other pixel left out.</summary>
    public const string Pool = "pool";

    private static readonly WeightInit Uniform = new((fanIn, _) => new Initializer.Uniform(Math.Sqrt(3.0 / fanIn)));

    /// <summary>Adds it to a backbone.</summary>
    /// <param name="stages">The backbone's maps, the largest first.</param>
    /// <param name="channels">The channels of its maps.</param>
    /// <param name="normalized">Whether each convolution is followed by a normalization.</param>
    /// <returns>A map for each stage, called 0, 1 and so on, and a smaller one, called pool.</returns>
    public static IReadOnlyList<Value> Build(IReadOnlyList<Value> stages, int channels, bool normalized)
    {
        var maps = new Value[stages.Count + 1];
        using (stages[0].Graph.Scope("backbone.fpn"))
        {
            Value? above = null;
            for (int i = stages.Count - 1; i >= 0; i--)
            {
                var inner = Layer(stages[i], $"inner_blocks.{i}", channels, 1, normalized);
                above = above is { } deeper ? inner + deeper.UpsampleLike(inner) : inner;
                maps[i] = Layer(above.Value, $"layer_blocks.{i}", channels, 3, normalized).As($"{i}");
            }
            maps[^1] = maps[^2].MaxPool(1, 2, name: Pool).As(Pool);
        }
        return maps;
    }

    private static Value Layer(Value x, string name, int channels, int kernel, bool normalized)
    {
        x = x.Conv($"{name}.0", channels, kernel, bias: !normalized, init: Uniform);
        return normalized ? x.BatchNorm($"{name}.1") : x;
    }
}
