using System.Runtime.InteropServices;
using TorchSharp;
using TransferKit.Graphs;
using TransferKit.Native;
using static TorchSharp.torch;

namespace TransferKit.Engines.Torch;

/// <summary>
/// Runs a frozen network in libtorch, on the CPU or a GPU. Batch normalization is folded, and tensors are laid out channels last.
/// </summary>
internal sealed class TorchInference : IInferenceEngine
{
    private readonly TorchNetwork _module;
    private readonly Device _device;
    private readonly Lock _lock = new();
    private bool _disposed;

    /// <summary>Loads a network on a device.</summary>
    /// <param name="network">The network.</param>
    /// <param name="device"><c>cpu</c>, <c>cuda</c> or, for one of several GPUs, <c>cuda:1</c>.</param>
    /// <exception cref="ArgumentException">The device is unknown or not available.</exception>
    /// <exception cref="DllNotFoundException">The program does not include the native libtorch.</exception>
    public TorchInference(Network network, string device = "cpu")
    {
        ArgumentNullException.ThrowIfNull(network);
        (Input, Output) = (network.Graph.Input.Shape, network.Graph.Output.Shape);
        LibTorch.Require();
        _device = FindDevice(device);
        _module = new TorchNetwork(network.ForInference());
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

    /// <inheritdoc/>
    public Shape Input { get; }

    /// <inheritdoc/>
    public Shape Output { get; }

    /// <inheritdoc/>
    public void Run(Memory<float> images, int count, Memory<float> results)
    {
        // libtorch spreads one batch over all cores or the whole GPU: several batches at once would only wait for each other.
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            using var scope = NewDisposeScope();
            using var inference = inference_mode();
            var x = tensor(images[..(count * Input.Count)], [count, .. Input.Dimensions]).to(_device);
            var y = _module.forward(Input.IsMap ? TorchNetwork.ChannelsLast(x) : x).contiguous().cpu();
            MemoryMarshal.Cast<byte, float>(y.bytes).CopyTo(results.Span);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _module.Dispose();
        }
    }

    /// <summary>Returns the device of a name, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    /// <exception cref="ArgumentException">The device is unknown or not available.</exception>
    internal static Device FindDevice(string device)
    {
        if (device == "cpu")
            return CPU;
        string[] parts = device.Split(':');
        int index = 0;
        if (parts[0] != "cuda" || parts.Length > 2 || (parts.Length == 2 && !int.TryParse(parts[1], out index)))
            throw new ArgumentException($"Unknown device '{device}'; cpu, cuda and cuda:N are known.");
        int available = cuda.is_available() ? cuda.device_count() : 0;
        if (index < 0 || index >= available)
        {
            throw new ArgumentException($"Device '{device}' is not available: libtorch found {available} NVIDIA GPUs. " +
                "A program with a CPU build of libtorch finds none; build it with -p:TorchDevice=cuda.");
        }
        return new Device(DeviceType.CUDA, index);
    }

    private void Prepare()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        foreach (var (_, parameter) in _module.named_parameters())
        {
            parameter.requires_grad_(false);
            if (parameter.dim() == 4)
                parameter.set_(TorchNetwork.ChannelsLast(parameter));
        }
        _module.to(_device);
    }
}
