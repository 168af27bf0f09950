using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Prometheus;

namespace TransferKit.Toolkit.Serving;

/// <summary>Publishes the metrics of .NET's meters in the format of Prometheus at <c>/metrics</c>.</summary>
internal static class MetricsEndpoint
{
    private static readonly string[] Meters =
        ["TransferKit", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    // It counts the training images as well; requests and their durations are those of ASP.NET Core.
    private const string ClassifierDuration = "transferkit.classifier.duration";

    // The bucket boundaries of histograms: of durations in seconds, and of counts such as batch sizes.
    private static readonly double[] Durations = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
    private static readonly double[] Counts = [1, 2, 4, 8, 16, 32, 64, 128, 256];

    static MetricsEndpoint()
    {
        Metrics.SuppressDefaultMetrics(new SuppressDefaultMetricOptions { SuppressEventCounters = true });
        Metrics.ConfigureMeterAdapter(options =>
        {
            options.InstrumentFilterPredicate = instrument =>
                Meters.Contains(instrument.Meter.Name) && instrument.Name != ClassifierDuration;
            options.ResolveHistogramBuckets = instrument => instrument.Unit == "s" ? Durations : Counts;
        });
    }

    /// <summary>Adds the endpoint to an application.</summary>
    /// <param name="app">The application.</param>
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/metrics", async () =>
        {
            using var buffer = new MemoryStream();
            await Metrics.DefaultRegistry.CollectAndExportAsTextAsync(buffer).ConfigureAwait(false);
            // The adapter puts the meter's name before the instrument's, which begins with it as OpenTelemetry asks for.
            string text = Encoding.UTF8.GetString(buffer.ToArray());
            text = text.Replace("transferkit_transferkit_", "transferkit_", StringComparison.Ordinal);
            return TypedResults.Text(text, "text/plain; version=0.0.4; charset=utf-8");
        }).ExcludeFromDescription();
        // The adapter records nothing before the first export.
        Metrics.DefaultRegistry.CollectAndExportAsTextAsync(Stream.Null).GetAwaiter().GetResult();
    }
}
