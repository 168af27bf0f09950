using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using TransferKit.Detection;
using TransferKit.Pipelines.Detecting;

namespace TransferKit.Benchmarks;

/// <summary>
/// Measures detectors from a JPEG file to detections, beside torchvision's with the same weights: the transformer, the model that
/// <c>Model.Load</c> gives, and the one that <c>Model.LoadObjectDetector</c> gives.
/// </summary>
internal static class Detecting
{
    private const int Rounds = 9;

    private static readonly (string Name, int MinSize, int MaxSize)[] Cases =
    [
        ("fasterrcnn_mobilenet_v3_large_320_fpn", 320, 640), ("fasterrcnn_mobilenet_v3_large_fpn", 800, 1333),
        ("fasterrcnn_resnet50_fpn", 320, 640), ("fasterrcnn_resnet50_fpn", 800, 1333),
    ];

    public static int Run(string photo, string peer)
    {
        string folder = Directory.CreateTempSubdirectory("transferkit-bench-").FullName;
        try
        {
            foreach (var (name, minSize, maxSize) in Cases)
                Compare(name, minSize, maxSize, photo, peer, folder);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Compare(string name, int minSize, int maxSize, string photo, string peer, string folder)
    {
        // The peer writes its weights before its first line.
        string weightsFile = Path.Combine(folder, name + ".pth"), modelFile = Path.Combine(folder, "model.zip");
        string[] arguments = [peer, name, weightsFile, photo, $"{minSize}", $"{maxSize}"];
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/python3", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        process.StandardOutput.ReadLine();
        var detector = Detectors.Get(name) with { Transform = new(minSize, maxSize) };
        using var weights = DetectorWeights.Load(detector, weightsFile);
        var context = new MLContext();
        var data = context.Data.LoadFromEnumerable([new Photo { ImagePath = photo }]);
        var options = new ObjectDetectingEstimator.Options { Detector = detector, Weights = weights };
        using var transformer = context.Transforms.DetectObjects(options).Fit(data);
        context.Model.Save(transformer, data.Schema, modelFile);
        using var transformed = context.Model.CreatePredictionEngine<Photo, Result>(transformer);
        using var loaded = context.Model.CreatePredictionEngine<Photo, Result>(context.Model.Load(modelFile, out _));
        using var engine = context.Model.LoadObjectDetector(modelFile);
        var runs = new (string Name, Func<double> Run)[]
        {
            ("torchvision", () => AskPeer(process)),
            ("transformer", () => Measure(() => transformed.Predict(new() { ImagePath = photo }))),
            ("Model.Load", () => Measure(() => loaded.Predict(new() { ImagePath = photo }))),
            ("LoadObjectDetector", () => Measure(() => engine.Detect(new Images.ImageSource(photo).Decode()))),
        };
        var seconds = runs.ToDictionary(r => r.Name, _ => new List<double>());
        for (int round = 0; round <= Rounds; round++)
            foreach (var (run, measure) in runs)
            {
                double time = measure();
                // The first round warms up.
                if (round > 0)
                    seconds[run].Add(time);
            }
        process.StandardInput.Close();
        process.WaitForExit();
        double Median(string run) => seconds[run].Order().ElementAt(Rounds / 2);
        foreach (var (run, _) in runs)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name} at {minSize}, {run}: {1 / Median(run):0.00} images per second, ratio {Median("torchvision") / Median(run):0.00}"));
    }

    private static double AskPeer(Process process)
    {
        process.StandardInput.WriteLine();
        return double.Parse(process.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
    }

    private static double Measure(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed.TotalSeconds;
    }

    private sealed class Photo
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class Result
    {
        public string[] PredictedLabel { get; set; } = [];

        public float[] PredictedBoundingBoxes { get; set; } = [];

        public float[] Score { get; set; } = [];
    }
}
