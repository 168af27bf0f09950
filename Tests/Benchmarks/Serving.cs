using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.ML;
using TransferKit.Toolkit.Serving;

namespace TransferKit.Benchmarks;

/// <summary>
/// Measures <c>transferkit serve</c> under load on this machine beside a PredictionEngine behind a lock, as ML.NET's first service samples
/// have it. Clients and servers share the processors. The peer does not decode uploads: it predicts the file itself.
/// </summary>
internal static class Serving
{
    private const int Rounds = 3, Seconds = 5, Requests = 10_000;

    private static readonly int[] Connections = [1, 8, 32];

    public static async Task<int> Run(string model, string photo)
    {
        await using var ours = Server.Create(new ServerOptions { Model = model, Port = 0 });
        await using var peer = Peer(model, photo);
        (string Name, WebApplication App)[] contenders = [("transferkit serve", ours), ("PredictionEngine behind a lock", peer)];
        byte[] body = await File.ReadAllBytesAsync(photo);
        var measured = new Dictionary<(string, int), List<(double PerSecond, double P50, double P99)>>();
        foreach (var (_, app) in contenders)
        {
            await app.StartAsync();
            await Load(app, body, connections: 8, TimeSpan.FromSeconds(2), int.MaxValue);
        }
        for (int round = 0; round < Rounds; round++)
            foreach (int connections in Connections)
                foreach (var (name, app) in contenders)
                {
                    if (!measured.TryGetValue((name, connections), out var list))
                        measured[(name, connections)] = list = [];
                    list.Add(await Load(app, body, connections, TimeSpan.FromSeconds(Seconds), int.MaxValue));
                }
        Console.WriteLine($"{Environment.ProcessorCount} processors, medians of {Rounds} rounds of {Seconds} s:");
        foreach (var ((name, connections), list) in measured)
        {
            var (p50, p99) = (Median(list.Select(m => m.P50)), Median(list.Select(m => m.P99)));
            Print($"{name}, {connections} connections: {Median(list.Select(m => m.PerSecond)):0.0}/s, p50 {p50:0.0}, p99 {p99:0.0}");
        }
        foreach (int connections in Connections)
        {
            double[] rates = [.. contenders.Select(c => Median(measured[(c.Name, connections)].Select(m => m.PerSecond)))];
            Print($"ours / peer, {connections} connections: {rates[0] / rates[1]:0.00}");
        }
        var megabytes = new List<long>();
        for (int done = 0; done < Requests; done += 2000)
        {
            await Load(ours, body, connections: 8, TimeSpan.FromHours(1), 2000);
            megabytes.Add(Environment.WorkingSet >> 20);
        }
        Print($"memory after each 2000 of {Requests} requests (MB): {string.Join(", ", megabytes)}");
        return 0;

        static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

        static double Median(IEnumerable<double> values) => values.Order().ElementAt(Rounds / 2);
    }

    private static WebApplication Peer(string model, string photo)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var context = new MLContext();
        var engine = context.Model.CreatePredictionEngine<Photo, Prediction>(context.Model.Load(model, out _));
        var turn = new Lock();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapPost("/classify", async (HttpRequest request) =>
        {
            await request.Body.CopyToAsync(Stream.Null);
            lock (turn)
                return engine.Predict(new Photo { ImagePath = photo });
        });
        return app;
    }

    private static async Task<(double PerSecond, double P50, double P99)> Load(
        WebApplication app, byte[] body, int connections, TimeSpan time, int requests)
    {
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        using var client = new HttpClient { BaseAddress = new Uri(address) };
        int left = requests;
        long since = Stopwatch.GetTimestamp();
        var perConnection = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            var milliseconds = new List<double>();
            while (Stopwatch.GetElapsedTime(since) < time && Interlocked.Decrement(ref left) >= 0)
            {
                long start = Stopwatch.GetTimestamp();
                using var content = new ByteArrayContent(body) { Headers = { { "Content-Type", "image/jpeg" } } };
                using var response = await client.PostAsync("/classify", content);
                response.EnsureSuccessStatusCode();
                await response.Content.ReadAsByteArrayAsync();
                milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
            return milliseconds;
        })));
        double seconds = Stopwatch.GetElapsedTime(since).TotalSeconds;
        double[] all = [.. perConnection.SelectMany(m => m).Order()];
        return (all.Length / seconds, all[all.Length / 2], all[Math.Min(all.Length - 1, all.Length * 99 / 100)]);
    }

    private sealed class Photo
    {
        public string ImagePath { get; set; } = "";

        public string Label { get; set; } = "";
    }

    private sealed class Prediction
    {
        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];
    }
}
