using System.Runtime.InteropServices;
using TorchSharp;
using TransferKit.Graphs;
using static TorchSharp.torch;

namespace TransferKit.Engines.Torch;

/// <summary>A frozen network in libtorch, on a CPU or GPU: batch normalisation folded, channels last.</summary>
public sealed class TorchFrozen : IFrozenNetwork
{
    private readonly TorchNetwork _module;
    private readonly Device _device;
    private readonly Lock _turn = new();

    /// <summary>Loads a network on a device, <c>cpu</c> or <c>cuda</c> or <c>cuda:1</c>.</summary>
    /// <exception cref="ArgumentException">The device is unknown or not there.</exception>
    public TorchFrozen(Network network, string device = "cpu")
    {
        ArgumentNullException.ThrowIfNull(network);
        (Input, Output) = (network.Graph.Input.Shape, network.Graph.Output.Shape);
        _module = new TorchNetwork(network.FoldBatchNorm());
        _module.eval();
        _device = Find(device);
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        foreach (var (_, parameter) in _module.named_parameters())
        {
            parameter.requires_grad_(false);
            if (parameter.dim() == 4)
                parameter.set_(ChannelsLast(parameter));
        }
        _module.to(_device);
    }

    /// <inheritdoc/>
    public Shape Input { get; }

    /// <inheritdoc/>
    public Shape Output { get; }

    /// <inheritdoc/>
    public void Run(Memory<float> images, int count, Memory<float> results)
    {
        // libtorch spreads one batch over all cores or the whole GPU: several at once would only wait for each other.
        lock (_turn)
        {
            using var scope = NewDisposeScope();
            using var inference = inference_mode();
            var x = tensor(images[..(count * Input.Count)], [count, .. Input.Dimensions]).to(_device);
            var y = _module.forward(Input.IsVector ? x : ChannelsLast(x)).contiguous().cpu();
            MemoryMarshal.Cast<byte, float>(y.bytes).CopyTo(results.Span);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _module.Dispose();

    // TorchSharp has no memory_format: a transposed contiguous tensor is channels last.
    private static Tensor ChannelsLast(Tensor x) => x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

    private static Device Find(string device)
    {
        string kind = device.Split(':')[0];
        if (kind is not ("cpu" or "cuda"))
            throw new ArgumentException($"Unknown device '{device}'; cpu, cuda and cuda:N are known.");
        if (kind == "cuda" && !cuda.is_available())
            throw new ArgumentException($"There is no device '{device}': this program has a CPU build of libtorch, or there is no NVIDIA GPU. Build it with -p:TorchDevice=cuda.");
        return new Device(device);
    }
}
