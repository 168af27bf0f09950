using TransferKit.Graphs;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TransferKit.Engines.Torch;

/// <summary>Computes activation functions in libtorch.</summary>
internal static class TorchActivations
{
    /// <summary>Applies an activation function without parameters.</summary>
    public static Tensor Apply(Activation activation, Tensor x) => activation switch
    {
        Relu => F.relu(x),
        Relu6 => F.relu6(x),
        Tanh => F.tanh(x),
        Sigmoid => F.sigmoid(x),
        Silu => F.silu(x),
        Gelu => F.gelu(x),
        QuickGelu => ApplyQuickGelu(x),
        HardSigmoid function => ApplyHardSigmoid(x, function),
        HardSwish => F.hardswish(x),
        LeakyRelu function => x.LeakyRelu(function.Slope),
        Elu function => x.Elu(function.Alpha),
        Clip function => x.Clamp(function.Min, function.Max),
        _ => throw new NotSupportedException($"The Torch engine does not support the activation {activation.Kind}."),
    };

    private static Tensor ApplyQuickGelu(Tensor x)
    {
        using var scaled = x.Times(1.702);
        using var gate = F.sigmoid(scaled);
        return x * gate;
    }

    private static Tensor ApplyHardSigmoid(Tensor x, HardSigmoid function)
    {
        // The operator of libtorch has the default slope only.
        if (function == new HardSigmoid())
            return F.hardsigmoid(x);
        using var scaled = x.Times(function.Alpha);
        using var shifted = scaled.Plus(function.Beta);
        return shifted.Clamp(0, 1);
    }
}
