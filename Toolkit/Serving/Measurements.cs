using Microsoft.AspNetCore.Routing;
using Prometheus;

namespace TransferKit.Toolkit.Serving;

/// <summary>What .NET's meters measure, as Prometheus reads it at <c>/metrics</c>.</summary>
internal static class Measurements
{
    private static readonly string[] Meters = ["TransferKit", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    // In seconds for times, and counts for sizes.
    private static readonly double[] Times = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10], Sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256];

    static Measurements()
    {
        Metrics.SuppressDefaultMetrics(new SuppressDefaultMetricOptions { SuppressEventCounters = true });
        Metrics.ConfigureMeterAdapter(options =>
        {
            options.InstrumentFilterPredicate = instrument => Meters.Contains(instrument.Meter.Name);
            options.ResolveHistogramBuckets = instrument => instrument.Unit == "s" ? Times : Sizes;
        });
    }

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapMetrics();
        // It listens from the first look on.
        Metrics.DefaultRegistry.CollectAndExportAsTextAsync(Stream.Null).GetAwaiter().GetResult();
    }
}
