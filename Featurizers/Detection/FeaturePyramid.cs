using TransferKit.Graphs;

namespace TransferKit.Detection;

/// <summary>The feature pyramid network (FPN; Lin et al. 2016, arXiv:1612.03144) on the outputs of a backbone's stages.</summary>
internal static class FeaturePyramid
{
    /// <summary>The name of the additional last map, the one before it with every other pixel left out.</summary>
    public const string Pool = "pool";

    private static readonly WeightInit Uniform = new((fanIn, _) => new Initializer.Uniform(Math.Sqrt(3.0 / fanIn)));

    /// <summary>Adds the feature pyramid to a backbone.</summary>
    /// <param name="stages">The outputs of the backbone's stages, the largest map first.</param>
    /// <param name="channels">The number of channels of the pyramid's maps.</param>
    /// <param name="normalized">Whether each convolution is followed by batch normalization.</param>
    /// <returns>A map for each stage, called 0, 1 and so on, and the additional map, called pool.</returns>
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
