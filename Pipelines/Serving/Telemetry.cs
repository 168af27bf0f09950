using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace TransferKit.Pipelines.Serving;

/// <summary>What served classifiers tell of themselves, under the name <c>TransferKit</c>, in OpenTelemetry's manner of names and units.</summary>
internal static class Telemetry
{
    private const string Name = "TransferKit";

    private static readonly Meter Meter = new(Name);

    public static readonly ActivitySource Source = new(Name);

    public static readonly Histogram<double> Durations = Meter.CreateHistogram<double>("transferkit.classifier.duration", "s", "From call to result, with its outcome: done, unreadable, busy, canceled, failed.");

    public static readonly Histogram<int> BatchSizes = Meter.CreateHistogram<int>("transferkit.classifier.batch_size", "{image}", "Images that went through the network together.");

    public static readonly UpDownCounter<int> Queued = Meter.CreateUpDownCounter<int>("transferkit.classifier.queued", "{image}", "Images that wait for their turn.");

    public static readonly Counter<int> Reloads = Meter.CreateCounter<int>("transferkit.classifier.reloads", "{model}", "Changed model files, with the outcome: loaded, refused.");
}
