using TransferKit.Training;

namespace TransferKit.Tests.Featurizers.Training;

/// <summary>Calls a function after each epoch, on the thread of the training.</summary>
internal sealed class Callback(Action<EpochMetrics> afterEpoch) : IProgress<EpochMetrics>
{
    public void Report(EpochMetrics value) => afterEpoch(value);
}
