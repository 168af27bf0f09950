using System.Diagnostics;
using System.Globalization;
using TransferKit.Detection;
using TransferKit.Images;

namespace TransferKit.Benchmarks;

/// <summary>Seconds from a JPEG file to detections, beside torchvision's with the same weights, by turns.</summary>
internal static class Detecting
{
    private const int Rounds = 9;
    private static readonly (string Name, int Min, int Max)[] Cases = [("fasterrcnn_mobilenet_v3_large_320_fpn", 320, 640), ("fasterrcnn_mobilenet_v3_large_fpn", 800, 1333), ("fasterrcnn_resnet50_fpn", 320, 640), ("fasterrcnn_resnet50_fpn", 800, 1333)];

    public static int Run(string photo, string peer)
    {
        string folder = Directory.CreateTempSubdirectory("transferkit-bench-").FullName;
        try
        {
            foreach (var (name, min, max) in Cases)
                Compare(name, min, max, photo, peer, Path.Combine(folder, name + ".pth"));
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Compare(string name, int min, int max, string photo, string peer, string file)
    {
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/python3", [peer, name, file, photo, $"{min}", $"{max}"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        process.StandardOutput.ReadLine();
        using var weights = DetectorWeights.Load(Detectors.Get(name), file);
        using var detector = new ObjectDetector(Detectors.Get(name) with { Transform = new(min, max) }, weights);
        var (ours, theirs) = (new List<double>(), new List<double>());
        for (int round = 0; round <= Rounds; round++)
        {
            process.StandardInput.WriteLine();
            double peers = double.Parse(process.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
            var clock = Stopwatch.StartNew();
            detector.Detect(new ImageSource(photo).Decode());
            // The first round warms up.
            if (round > 0)
                (ours, theirs) = ([.. ours, clock.Elapsed.TotalSeconds], [.. theirs, peers]);
        }
        process.StandardInput.Close();
        process.WaitForExit();
        double own = ours.Order().ElementAt(Rounds / 2), its = theirs.Order().ElementAt(Rounds / 2);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} at {min}: {1 / own:0.00} images per second, torchvision {1 / its:0.00}, ratio {its / own:0.00}"));
    }
}
