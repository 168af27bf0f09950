using System.CommandLine;
using Microsoft.ML;
using Spectre.Console;
using TransferKit.Detection;
using TransferKit.Images;
using TransferKit.Toolkit.Reports;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit detect predict MODEL FILE|DIR...</c>: detects objects in images.</summary>
internal static class DetectPredictCommand
{
    private sealed record DetectedImage(string File, IReadOnlyList<DetectedObject>? Detections, string? Picture, string? Error)
    {
        public override string ToString()
        {
            if (Error is not null)
                return Error;
            string objects = Detections!.Count == 0 ? "no objects" : string.Join(", ", Detections);
            return $"{File}: {objects}{(Picture is null ? "" : $"; wrote {Picture}")}";
        }
    }

    private sealed record DetectedObject(string Label, float Score, float[] Box)
    {
        public override string ToString() => FormattableString.Invariant(
            $"{Label} ({100 * Score:0.0} %) at ({Box[0]:0}, {Box[1]:0})–({Box[2]:0}, {Box[3]:0})");
    }

    public static Command Create(TextWriter output, TextWriter error)
    {
        var model = new Argument<FileInfo>("MODEL") { Description = "A model that `detect train` wrote." }.AcceptExistingOnly();
        var files = ImageArguments.Create();
        var score = NumberOption.Create("--score", "Lowest score (confidence) of a detection, from 0 to 1.", 0.5f,
            value => value is >= 0 and <= 1, "from 0 to 1 (0.5 is the default)");
        var folder = new Option<DirectoryInfo?>("--out")
        {
            Description = "Folder to write the images with their boxes to, as NUMBER-NAME.png.",
        };
        var json = CommandOutput.CreateJsonOption();
        var command = new Command("predict", "Detect objects in images with a saved model.") { model, files, score, folder, json };
        command.SetAction(parsed =>
        {
            var console = new CommandOutput(output, error, parsed.GetValue(json));
            string modelPath = parsed.GetValue(model)!.FullName;
            using var detector = ModelFile.LoadDetector(modelPath, () => new MLContext().Model.LoadObjectDetector(modelPath));
            var images = ImageArguments.Expand(parsed.GetValue(files)!);
            var all = new List<DetectedImage>();
            console.WithProgress("Detecting", images.Length, progress =>
            {
                foreach (string path in images.Select(i => i.Path))
                {
                    string? picture = parsed.GetValue(folder) is { } directory
                        ? Path.Combine(directory.FullName, $"{all.Count + 1}-{Path.GetFileNameWithoutExtension(path)}.png") : null;
                    all.Add(Detect(detector, path, parsed.GetValue(score), picture));
                    progress.Report(all.Count);
                }
                return all;
            });
            var detected = ImageArguments.LeaveOutStrays(console, images, all, image => image.Error);
            console.WriteResult(new { Predictions = detected }, text =>
            {
                foreach (var image in detected)
                    text.Write(new Text($"{image}\n"));
            });
            return detected.Any(d => d.Error is not null) ? Cli.Failed : Cli.Done;
        });
        return command;
    }

    private static DetectedImage Detect(ObjectDetector detector, string file, float score, string? drawing)
    {
        try
        {
            var picture = new ImageSource(file).Decode();
            Detection.Detection[] detections = [.. detector.Detect(picture).Where(d => d.Score >= score)];
            if (drawing is not null)
                AtomicFile.Write(drawing, stream => stream.Write(BoxDrawing.Png(picture, detections, detector.Labels)));
            var objects = detections.Select(d =>
                new DetectedObject(detector.Labels[d.Label - 1], d.Score, [d.Box.Left, d.Box.Top, d.Box.Right, d.Box.Bottom]));
            return new(file, [.. objects], drawing, Error: null);
        }
        catch (ImageFormatException e)
        {
            return new(file, Detections: null, Picture: null, e.Message);
        }
    }
}
