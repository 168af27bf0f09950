using System.Runtime.InteropServices;
using TransferKit.Engines;
using TransferKit.Engines.Torch;
using static TorchSharp.torch;

namespace TransferKit.Maps;

/// <summary>Computes the activations of a layer and the gradients of a class score with respect to them.</summary>
internal sealed class ActivationsAndGradients : IDisposable
{
    private readonly Network _network;
    private readonly TorchNetwork _module;
    private readonly string _layer;

    /// <param name="network">A network from images to class scores.</param>
    /// <param name="layer">The node whose activations are computed.</param>
    public ActivationsAndGradients(Network network, string layer)
    {
        (_network, _module, _layer) = (network, new TorchNetwork(network), layer);
        _module.eval();
    }

    /// <summary>Runs the network forward on one image, and backward from the score of a class to the layer.</summary>
    /// <returns>Both of the layer's shape: channels x height x width, or tokens x channels.</returns>
    public (float[] Activations, float[] Gradients) Compute(float[] image, int targetClass)
    {
        using var scope = NewDisposeScope();
        var x = tensor(image, [1, .. _network.Graph.Input.Shape.Dimensions], requires_grad: true);
        var values = _module.Values(x, _layer, _network.Graph.Output.Name);
        Tensor activations = values[0], scores = values[1];
        var gradients = autograd.grad([scores[0, targetClass]], [activations])[0];
        return (ToArray(activations), ToArray(gradients));
    }

    /// <inheritdoc/>
    public void Dispose() => _module.Dispose();

    private static float[] ToArray(Tensor values) => MemoryMarshal.Cast<byte, float>(values.detach().contiguous().bytes).ToArray();
}
