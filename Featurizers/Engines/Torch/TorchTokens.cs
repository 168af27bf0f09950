using TransferKit.Graphs;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TransferKit.Engines.Torch;

/// <summary>Computes the operators of transformers in libtorch.</summary>
internal static class TorchTokens
{
    /// <summary>Computes the value of a node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="x">The value of its input; the caller disposes it.</param>
    /// <param name="parameters">Its parameters in the type of the input, in the order of the node.</param>
    public static Tensor Apply(Node node, Tensor x, Tensor[] parameters) => node.Operator switch
    {
        ToTokens => Flatten(x),
        ToMap map => Unflatten(map, x),
        LearnedTokens tokens => Prepend(tokens, x, parameters[0]),
        PositionEmbedding => AddPositions(node, x, parameters[0]),
        LayerNorm norm => Normalize(norm, x, parameters),
        Attention attention => Attend(attention, x, parameters),
        AttentionWeights weights => WeightsOf(weights.Attention, x, parameters),
        LayerScale scale => Scale(scale, x, parameters[0]),
        UnusedParameter => x.alias(),
        TakeToken token => x.select(1, token.Index),
        Projection => x.matmul(parameters[0]),
        MeanOfTokens mean => Mean(mean, x),
        SwiGlu => Gate(x),
        MergePatches => TorchWindows.Merge(node, x),
        WindowAttention => TorchWindows.Attend(node, x, node.Parameters.Select(p => p.Name).Zip(parameters).ToDictionary()),
        _ => throw new NotSupportedException($"The Torch engine does not support the operator {node.Operator.Kind} of node '{node.Name}'."),
    };

    private static Tensor Flatten(Tensor map)
    {
        using var flat = map.flatten(2);
        return flat.transpose(1, 2);
    }

    private static Tensor Unflatten(ToMap op, Tensor x)
    {
        using var channelsFirst = x.transpose(1, 2);
        return channelsFirst.reshape(x.shape[0], x.shape[2], op.Height, op.Width);
    }

    private static Tensor Prepend(LearnedTokens op, Tensor x, Tensor learned)
    {
        using var tokens = learned.reshape(1, op.Count, x.shape[2]);
        using var expanded = tokens.expand(x.shape[0], op.Count, x.shape[2]);
        using Tensor before = x.narrow(1, 0, op.After), after = x.narrow(1, op.After, x.shape[1] - op.After);
        return cat([before, expanded, after], 1);
    }

    private static Tensor AddPositions(Node node, Tensor x, Tensor table)
    {
        var op = (PositionEmbedding)node.Operator;
        using var rows = table.reshape(1, -1, x.shape[2]);
        if (PositionResize.Weights(node) is not { } weights)
            return x.Plus(rows);
        using var scope = NewDisposeScope();
        var leading = rows.narrow(1, 0, op.Leading);
        var grid = rows.narrow(1, op.Leading, op.Grid * op.Grid).reshape(op.Grid, op.Grid, -1);
        var matrix = tensor(weights).to(x.dtype).to(x.device);
        // new rows x old rows times old rows x (columns x width), and the same for columns.
        var resizedRows = matrix.matmul(grid.reshape(op.Grid, -1)).reshape(matrix.shape[0], op.Grid, -1);
        var resized = matrix.matmul(resizedRows).reshape(1, -1, x.shape[2]);
        return x.Plus(cat([leading, resized], 1)).MoveToOuterDisposeScope();
    }

    private static Tensor Normalize(LayerNorm op, Tensor x, Tensor[] parameters)
    {
        long[] shape = [parameters[0].shape[0]];
        if (x.dim() != 4)
            return F.layer_norm(x, shape, parameters[0], parameters[1], op.Epsilon);
        using var channelsLast = x.permute(0, 2, 3, 1);
        using var normalized = F.layer_norm(channelsLast, shape, parameters[0], parameters[1], op.Epsilon);
        return normalized.permute(0, 3, 1, 2);
    }

    private static Tensor Attend(Attention op, Tensor x, Tensor[] parameters)
    {
        var (batch, count, width) = (x.shape[0], x.shape[1], x.shape[2]);
        using var scope = NewDisposeScope();
        var projected = QueriesKeysValues(op, x, parameters);
        var attended = F.scaled_dot_product_attention(projected.select(0, 0), projected.select(0, 1), projected.select(0, 2));
        return F.linear(attended.transpose(1, 2).reshape(batch, count, width), parameters[2], parameters[3]).MoveToOuterDisposeScope();
    }

    private static Tensor WeightsOf(Attention op, Tensor x, Tensor[] parameters)
    {
        using var scope = NewDisposeScope();
        var projected = QueriesKeysValues(op, x, parameters);
        var scores = projected.select(0, 0).matmul(projected.select(0, 1).transpose(-2, -1)).Times(1 / Math.Sqrt(projected.shape[^1]));
        return F.softmax(scores, -1).mean([1], keepdim: true).MoveToOuterDisposeScope();
    }

    // 3 x batch x heads x tokens x width of a head.
    private static Tensor QueriesKeysValues(Attention op, Tensor x, Tensor[] parameters) => F.linear(x, parameters[0], parameters[1])
        .reshape(x.shape[0], x.shape[1], 3, op.Heads, x.shape[2] / op.Heads).permute(2, 0, 3, 1, 4);

    private static Tensor Scale(LayerScale op, Tensor x, Tensor weight)
    {
        if (x.dim() != 4 || op.IsMap)
            return x * weight;
        using var map = weight.reshape(-1, 1, 1);
        return x * map;
    }

    private static Tensor Gate(Tensor x)
    {
        long half = x.shape[2] / 2;
        using Tensor first = x.narrow(2, 0, half), second = x.narrow(2, half, half), gate = F.silu(first);
        return gate * second;
    }

    private static Tensor Mean(MeanOfTokens op, Tensor x)
    {
        using var counted = x.narrow(1, op.First, x.shape[1] - op.First);
        return counted.mean([1]);
    }
}
