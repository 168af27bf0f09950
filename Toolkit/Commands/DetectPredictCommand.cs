using System.CommandLine;
using Microsoft.ML;
using Spectre.Console;
using TransferKit.Detection;
using TransferKit.Images;
using TransferKit.Toolkit.Reports;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit detect predict MODEL FILE...</c>: detects objects in photos.</summary>
internal static class DetectPredictCommand
{
    private sealed record DetectedPhoto(string File, IReadOnlyList<DetectedObject>? Detections, string? Picture, string? Error)
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
        var files = new Argument<string[]>("FILE") { Description = "Photos, or folders of photos.", Arity = ArgumentArity.OneOrMore };
        var score = OptimizationArguments.WithDefault("--score", "Lowest score (confidence) of a detection, from 0 to 1.", 0.5f);
        score.Validators.Add(result =>
        {
            float value = result.GetValueOrDefault<float>();
            if (value is not (>= 0 and <= 1))
                result.AddError(FormattableString.Invariant($"--score {value} is invalid: it must be from 0 to 1 (0.5 is the default)."));
        });
        var folder = new Option<DirectoryInfo?>("--out")
        {
            Description = "Folder to write the photos with their boxes to, as NUMBER-NAME.png.",
        };
        var json = CommandOutput.CreateJsonOption();
        var command = new Command("predict", "Detect objects in photos with a saved model.") { model, files, score, folder, json };
        command.SetAction(parsed =>
        {
            var shell = new CommandOutput(output, error, parsed.GetValue(json));
            using var detector = new MLContext().Model.LoadObjectDetector(parsed.GetValue(model)!.FullName);
            string[] paths = Folders.ExpandFolders(parsed.GetValue(files)!);
            var photos = new List<DetectedPhoto>();
            shell.WithProgress("Detecting", paths.Length, progress =>
            {
                foreach (string path in paths)
                {
                    string? picture = parsed.GetValue(folder) is { } directory
                        ? Path.Combine(directory.FullName, $"{photos.Count + 1}-{Path.GetFileNameWithoutExtension(path)}.png") : null;
                    photos.Add(Detect(detector, path, parsed.GetValue(score), picture));
                    progress.Report(photos.Count);
                }
                return photos;
            });
            shell.WriteResult(photos, console =>
            {
                foreach (var photo in photos)
                    console.Write(new Text($"{photo}\n"));
            });
            return photos.Any(p => p.Error is not null) ? Cli.Failed : Cli.Done;
        });
        return command;
    }

    private static DetectedPhoto Detect(ObjectDetector detector, string file, float score, string? drawing)
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
