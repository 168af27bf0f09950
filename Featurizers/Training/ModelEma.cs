using TransferKit.Engines.Torch;
using static TorchSharp.torch;

namespace TransferKit.Training;

/// <summary>An exponential moving average (EMA) of a network's weights.</summary>
/// <param name="module">A copy of the network, which receives the average. It is disposed with this object.</param>
/// <param name="decay">The decay of the average, above 0 and below 1.</param>
internal sealed class ModelEma(TorchNetwork module, double decay) : IDisposable
{
    /// <summary>The network with the averaged weights.</summary>
    public TorchNetwork Module => module;

    /// <summary>Updates the average by the current weights; buffers are copied.</summary>
    /// <param name="source">The network that is trained.</param>
    /// <param name="step">The number of the training step, counted from 0.</param>
    public void Update(TorchNetwork source, int step)
    {
        using var frozen = no_grad();
        // At first the average follows the weights closely: otherwise it would keep the untrained head for long.
        double currentDecay = Math.Min(decay, (1.0 + step) / (10 + step));
        foreach (var ((_, parameter), (_, average)) in source.named_parameters().Zip(module.named_parameters()))
        {
            average.MultiplyInPlace(currentDecay);
            average.AddInPlace(parameter, 1 - currentDecay);
        }
        foreach (var ((_, buffer), (_, average)) in source.named_buffers().Zip(module.named_buffers()))
            average.copy_(buffer);
    }

    /// <inheritdoc/>
    public void Dispose() => module.Dispose();
}
