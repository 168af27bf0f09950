using TransferKit.Graphs;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TransferKit.Engines.Torch;

/// <summary>Computes attention within windows, and the merging of patches, in libtorch.</summary>
internal static class TorchWindows
{
    /// <summary>Joins each 2 x 2 tokens into one.</summary>
    public static Tensor Merge(Node node, Tensor x)
    {
        using var selected = Select(x, MergePatches.Indices(WindowAttention.GridSide(node.Inputs[0].Shape)));
        return selected.reshape(x.shape[0], -1, 4 * x.shape[2]);
    }

    /// <summary>Computes attention within windows.</summary>
    /// <param name="node">The node.</param>
    /// <param name="x">Its input, batch x tokens x width; the caller disposes it.</param>
    /// <param name="parameters">Its parameters by their names.</param>
    public static Tensor Attend(Node node, Tensor x, Dictionary<string, Tensor> parameters)
    {
        var op = (WindowAttention)node.Operator;
        var (partition, side) = (op.Partition, WindowAttention.GridSide(node.Shape));
        var layout = partition.Layout(side);
        long count = partition.Count(side), tokens = partition.Tokens, width = x.shape[2];
        bool isSwinV2 = op.Variant == WindowAttentionVariant.SwinV2;
        using var scope = NewDisposeScope();
        var bias = parameters[$"{op.Projection}.bias"];
        if (isSwinV2)
            bias = cat([bias.narrow(0, 0, width), zeros_like(bias.narrow(0, width, width)), bias.narrow(0, 2 * width, width)]);
        var projected = F.linear(Select(x, layout.Indices), parameters[$"{op.Projection}.weight"], bias)
            .reshape(-1, count, tokens, 3, op.Heads, width / op.Heads).permute(3, 0, 1, 4, 2, 5);
        Tensor query = projected.select(0, 0), key = projected.select(0, 1), value = projected.select(0, 2);
        var scores = isSwinV2
            ? F.normalize(query, dim: -1).matmul(F.normalize(key, dim: -1).transpose(-2, -1)) * LogitScale(parameters)
            : query.Times(op.Scale(width)).matmul(key.transpose(-2, -1));
        scores = scores.Plus(PositionBias(op, layout, x, parameters));
        if (layout.Mask is { } mask)
            scores = scores.Plus(tensor(mask, [count, 1, tokens, tokens]).to(x.dtype).to(x.device));
        var attended = F.softmax(scores, -1).matmul(value).transpose(2, 3).reshape(-1, count * tokens, width);
        var values = F.linear(attended, parameters[$"{op.Result}.weight"], parameters[$"{op.Result}.bias"]);
        return Select(values, layout.Reverse).MoveToOuterDisposeScope();
    }

    // The number after the last token stands for a token of zeros.
    private static Tensor Select(Tensor x, int[] indices)
    {
        using var scope = NewDisposeScope();
        var tokens = indices.Contains((int)x.shape[1]) ? F.pad(x, [0, 0, 0, 1]) : x;
        return tokens.index_select(1, tensor(indices).to(x.device)).MoveToOuterDisposeScope();
    }

    private static Tensor LogitScale(Dictionary<string, Tensor> parameters) =>
        parameters["logit_scale"].Clamp(float.MinValue, WindowAttention.LargestLogitScale).exp();

    // The bias of each pair of tokens of a window, heads x tokens x tokens.
    private static Tensor PositionBias(WindowAttention op, WindowLayout layout, Tensor x, Dictionary<string, Tensor> parameters)
    {
        Tensor table;
        if (op.Variant == WindowAttentionVariant.SwinV2)
        {
            var hidden = F.relu(F.linear(parameters["relative_coords_table"].reshape(-1, 2), parameters["cpb_mlp.0.weight"],
                parameters["cpb_mlp.0.bias"]));
            table = F.linear(hidden, parameters["cpb_mlp.2.weight"]).sigmoid().Times(WindowAttention.LargestBias);
        }
        else
        {
            table = parameters["relative_position_bias_table"];
        }
        var indices = tensor(layout.RelativePositions).to(x.device);
        return table.index_select(0, indices).reshape(op.Partition.Tokens, op.Partition.Tokens, op.Heads).permute(2, 0, 1);
    }
}
