using TransferKit.Graphs;

namespace TransferKit.Backbones;

/// <summary>The encoder of a vision transformer: equal blocks of attention and a perceptron, each after a normalization.</summary>
/// <param name="Width">The width of the tokens.</param>
/// <param name="Depth">The number of blocks.</param>
/// <param name="Heads">The number of heads of the attention.</param>
internal sealed record TransformerEncoder(int Width, int Depth, int Heads)
{
    /// <summary>The width of a gated hidden layer; 0 for an ungated one of four times the width of the tokens.</summary>
    public int GatedWidth { get; init; }

    /// <summary>The names of a block's layers in checkpoints.</summary>
    /// <param name="Block">The name of the blocks, followed by their number.</param>
    /// <param name="Norm1">The normalization before the attention.</param>
    /// <param name="Attention">The attention.</param>
    /// <param name="Keys">The names of the attention's parameters.</param>
    /// <param name="Norm2">The normalization before the perceptron.</param>
    /// <param name="Hidden">The hidden layer of the perceptron.</param>
    /// <param name="Output">The output layer of the perceptron.</param>
    internal sealed record Names(
        string Block, string Norm1, string Attention, AttentionKeys Keys, string Norm2, string Hidden, string Output);

    public static readonly Names Torchvision =
        new("encoder.layers.encoder_layer_", "ln_1", "self_attention", AttentionKeys.PyTorch, "ln_2", "mlp.0", "mlp.3");

    public static readonly Names Timm = new("blocks.", "norm1", "attn", AttentionKeys.Timm, "norm2", "mlp.fc1", "mlp.fc2");

    /// <summary>The gated hidden layer of DINOv2's giant, whose input matrices are one.</summary>
    public static readonly Names TimmGated = Timm with { Hidden = "mlp.w12", Output = "mlp.w3" };

    public static readonly Names Clip =
        new("transformer.resblocks.", "ln_1", "attn", AttentionKeys.PyTorch, "ln_2", "mlp.c_fc", "mlp.c_proj");

    /// <summary>Adds the blocks to tokens.</summary>
    /// <param name="x">The tokens.</param>
    /// <param name="names">The names of the layers.</param>
    /// <param name="activation">The activation function of the perceptrons.</param>
    /// <param name="epsilon">The epsilon of the normalizations.</param>
    /// <param name="layerScale">Whether the branches are scaled by channel.</param>
    public Value Apply(Value x, Names names, Activation activation, double epsilon = 1e-6, bool layerScale = false)
    {
        for (int i = 0; i < Depth; i++)
        {
            using var scope = x.Graph.Scope($"{names.Block}{i}");
            var attended = x.Add(names.Norm1, new LayerNorm(epsilon)).Add(names.Attention, new Attention(Heads, names.Keys));
            x = x.Add(Scaled(attended, "ls1"));
            var hidden = Hidden(x.Add(names.Norm2, new LayerNorm(epsilon)), names.Hidden, activation);
            x = x.Add(Scaled(hidden.Linear(names.Output, Width), "ls2"));
        }
        return x;

        Value Hidden(Value normalized, string name, Activation activation) => GatedWidth == 0
            ? normalized.Linear(name, 4 * Width).Activate(activation)
            : normalized.Linear(name, 2 * GatedWidth).Add(null, new SwiGlu());

        Value Scaled(Value branch, string name) => layerScale ? branch.Add(name, new LayerScale("gamma", IsMap: false)) : branch;
    }
}
