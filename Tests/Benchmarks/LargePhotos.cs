using System.Diagnostics;
using System.Globalization;

namespace TransferKit.Benchmarks;

/// <summary>
/// Measures large photographs from JPEG files to features, decoded exactly and fast, beside the stock ML.NET pipeline and beside PyTorch
/// with Pillow (<c>photos_peer.py</c>), without and with its draft mode.
/// </summary>
internal static class LargePhotos
{
    private const int Rounds = 3;

    public static int Run(string folder, string peer)
    {
        string[] photos = [.. Directory.EnumerateFiles(folder, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        using var contenders = new Contenders(photos, "mobilenet_v2", "none");
        (string Name, Func<double> Speed)[] all =
        [
            .. new[] { Contenders.Ours, Contenders.Fast, Contenders.Stock }.Select(name => (name, Speed(contenders, name, photos.Length))),
            ("torchvision and Pillow", () => PeerSpeed(peer, folder)),
            ("torchvision and Pillow in draft mode", () => PeerSpeed(peer, folder, "draft")),
        ];
        var speeds = all.ToDictionary(contender => contender.Name, _ => new List<double>());
        for (int round = 0; round < Rounds; round++)
            foreach (var (name, speed) in all)
                speeds[name].Add(speed());
        Console.WriteLine($"{photos.Length} photographs, {Environment.ProcessorCount} processors, median of {Rounds} rounds:");
        Console.WriteLine("| JPEG files to features | images/s | relative to exact |");
        Console.WriteLine("| --- | --- | --- |");
        foreach (var (name, _) in all)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {Median(speeds[name]):0.0} | {Median(speeds[name]) / Median(speeds[Contenders.Ours]):0.00} |"));
        return 0;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(Rounds / 2);

    private static Func<double> Speed(Contenders contenders, string name, int photos) => () =>
    {
        var clock = Stopwatch.StartNew();
        contenders.All.First(contender => contender.Name == name).Run();
        return photos / clock.Elapsed.TotalSeconds;
    };

    private static double PeerSpeed(string peer, string folder, params string[] mode)
    {
        var start = new ProcessStartInfo("/usr/bin/python3", [peer, folder, .. mode]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        return double.Parse(process.StandardOutput.ReadToEnd(), CultureInfo.InvariantCulture);
    }
}
