using System.Runtime.InteropServices;
using TorchSharp;
using TransferKit.Graphs;
using TransferKit.Native;
using static TorchSharp.torch;

namespace TransferKit.Engines.Torch;

/// <summary>A frozen network in libtorch, on a CPU or GPU: batch normalization folded, channels last.</summary>
public sealed class TorchInference : IInferenceEngine
{
    private readonly TorchNetwork _module;
    private readonly Device _device;
    private readonly Lock _turn = new();
    private bool _disposed;

    /// <summary>Loads a network on a device, <c>cpu</c> or <c>cuda</c> or <c>cuda:1</c>.</summary>
    /// <exception cref="ArgumentException">The device is unknown or not there.</exception>
    /// <exception cref="DllNotFoundException">The program carries no native libtorch.</exception>
    public TorchInference(Network network, string device = "cpu")
    {
        ArgumentNullException.ThrowIfNull(network);
        (Input, Output) = (network.Graph.Input.Shape, network.Graph.Output.Shape);
        LibTorch.Require();
        _device = Find(device);
        _module = new TorchNetwork(network.FoldBatchNorm());
        _module.eval();
        try
        {
            Prepare();
        }
        catch
        {
            _module.Dispose();
            throw;
        }
    }

    private void Prepare()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        foreach (var (_, parameter) in _module.named_parameters())
        {
            parameter.requires_grad_(false);
            if (parameter.dim() == 4)
                parameter.set_(TorchNetwork.ChannelsLast(parameter));
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
            ObjectDisposedException.ThrowIf(_disposed, this);
            using var scope = NewDisposeScope();
            using var inference = inference_mode();
            var x = tensor(images[..(count * Input.Count)], [count, .. Input.Dimensions]).to(_device);
            var y = _module.forward(Input.IsVector ? x : TorchNetwork.ChannelsLast(x)).contiguous().cpu();
            MemoryMarshal.Cast<byte, float>(y.bytes).CopyTo(results.Span);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_turn)
        {
            _disposed = true;
            _module.Dispose();
        }
    }

    internal static Device Find(string device)
    {
        if (device == "cpu")
            return CPU;
        string[] parts = device.Split(':');
        int index = 0;
        if (parts[0] != "cuda" || parts.Length > 2 || (parts.Length == 2 && !int.TryParse(parts[1], out index)))
            throw new ArgumentException($"Unknown device '{device}'; cpu, cuda and cuda:N are known.");
        if (!cuda.is_available() || index < 0 || index >= cuda.device_count())
            throw new ArgumentException($"There is no device '{device}': either this program has a CPU build of libtorch (build it with " +
                $"-p:TorchDevice=cuda), or there are fewer NVIDIA GPUs ({(cuda.is_available() ? cuda.device_count() : 0)}).");
        return new Device(DeviceType.CUDA, index);
    }
}
