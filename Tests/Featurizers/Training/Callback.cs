using TransferKit.Training;

namespace TransferKit.Tests.Featurizers.Training;

/// <summary>Calls a function after each epoch, on the trainer's own thread.</summary>
internal sealed class Callback(Action<EpochMetrics> told) : IProgress<EpochMetrics>
{
    public void Report(EpochMetrics value) => told(value);
}
