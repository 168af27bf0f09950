using Microsoft.ML.Runtime;
using TransferKit.Training;

namespace TransferKit.Pipelines.Classifying;

/// <summary>Passes what each epoch gave on to all who want to know: the log of ML.NET, and the options' own receivers.</summary>
internal sealed class TrainingRelay(IChannel? channel, IProgress<EpochMetrics>? progress, Action<EpochMetrics>? callback = null) : IProgress<EpochMetrics>
{
    public void Report(EpochMetrics value)
    {
        channel?.Info(MessageSensitivity.None, value.ToString());
        progress?.Report(value);
        callback?.Invoke(value);
    }
}
