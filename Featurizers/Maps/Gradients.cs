using System.Runtime.InteropServices;
using TransferKit.Engines;
using TransferKit.Engines.Torch;
using TransferKit.Native;
using static TorchSharp.torch;

namespace TransferKit.Maps;

/// <summary>The value of a node for an image, and the gradient of a class's score by it.</summary>
internal sealed class Gradients : IDisposable
{
    private readonly Network _network;
    private readonly TorchNetwork _module;
    private readonly string _layer;

    public Gradients(Network network, string layer)
    {
        LibTorch.Require();
        (_network, _module, _layer) = (network, new TorchNetwork(network), layer);
        _module.eval();
    }

    /// <summary>Runs forward and back, as far as the node.</summary>
    public (float[] Activations, float[] Gradients) Of(float[] image, int label)
    {
        using var scope = NewDisposeScope();
        var x = tensor(image, [1, .. _network.Graph.Input.Shape.Dimensions], requires_grad: true);
        var values = _module.Values(x, _layer, _network.Graph.Output.Name);
        var gradient = autograd.grad([values[1][0, label]], [values[0]])[0];
        return (Numbers(values[0]), Numbers(gradient));
    }

    /// <inheritdoc/>
    public void Dispose() => _module.Dispose();

    private static float[] Numbers(Tensor values) => MemoryMarshal.Cast<byte, float>(values.detach().contiguous().bytes).ToArray();
}
