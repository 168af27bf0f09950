using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace TransferKit.Pipelines.Serving;

/// <summary>
/// The metrics and traces of image classifiers, published under the meter and the activity source <c>TransferKit</c>, with names and units
/// in the style of OpenTelemetry.
/// </summary>
internal static class Telemetry
{
    private const string Name = "TransferKit";

    private static readonly Meter Meter = new(Name);

    /// <summary>The traces.</summary>
    public static readonly ActivitySource Source = new(Name);

    /// <summary>The time from request to result.</summary>
    public static readonly Histogram<double> Durations = Meter.CreateHistogram<double>("transferkit.classifier.duration", "s",
        "Time from request to result, by outcome: done, unreadable, busy, canceled, failed.");

    /// <summary>The sizes of batches.</summary>
    public static readonly Histogram<int> BatchSizes = Meter.CreateHistogram<int>("transferkit.classifier.batch_size", "{image}",
        "Images per run of the network (batch size).");

    /// <summary>The length of the queue.</summary>
    public static readonly UpDownCounter<int> Queued = Meter.CreateUpDownCounter<int>("transferkit.classifier.queued", "{image}",
        "Images waiting in the queue.");

    /// <summary>The changes of model files.</summary>
    public static readonly Counter<int> Reloads = Meter.CreateCounter<int>("transferkit.classifier.reloads", "{model}",
        "Changed model files, by outcome: loaded, refused.");
}
