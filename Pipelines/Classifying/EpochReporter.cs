using Microsoft.ML.Runtime;
using TransferKit.Training;

namespace TransferKit.Pipelines.Classifying;

/// <summary>Reports the metrics of each epoch to ML.NET's log and to the receivers that the options name.</summary>
/// <param name="channel">ML.NET's log, or null.</param>
/// <param name="progress">A receiver, or null.</param>
/// <param name="callback">Another receiver, or null.</param>
internal sealed class EpochReporter(IChannel? channel, IProgress<EpochMetrics>? progress, Action<EpochMetrics>? callback = null)
    : IProgress<EpochMetrics>
{
    public void Report(EpochMetrics value)
    {
        channel?.Info(MessageSensitivity.None, value.ToString());
        progress?.Report(value);
        callback?.Invoke(value);
    }
}
