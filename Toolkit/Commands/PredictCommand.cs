using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization;
using Spectre.Console;
using TransferKit.Images;
using TransferKit.Pipelines.Serving;
using TransferKit.Toolkit.Reports;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit predict MODEL FILE|DIR...</c>: predicts the labels of images.</summary>
internal static class PredictCommand
{
    /// <summary>The prediction for a file, or the reason why there is none.</summary>
    /// <param name="File">The path of the image.</param>
    /// <param name="Label">The predicted label; null where the image is unreadable.</param>
    /// <param name="Labels">The top labels with their scores, highest first; null where the image is unreadable.</param>
    /// <param name="Error">The reason where the image is unreadable.</param>
    internal sealed record Prediction(string File, string? Label, IReadOnlyList<LabelScore>? Labels, string? Error)
    {
        /// <summary>Whether the scores are probabilities, rather than the decision values of an SVM.</summary>
        [JsonIgnore]
        public bool HasProbabilities { get; init; }

        // Some models give a label without scores.
        public override string ToString() => Error ?? $"{File}: {(Labels!.Count > 0 ? string.Join(", ", Labels.Select(Text)) : Label)}";

        private string Text(LabelScore label) => HasProbabilities
            ? string.Create(CultureInfo.InvariantCulture, $"{label.Label} ({100 * label.Score:0.0} %)")
            : string.Create(CultureInfo.InvariantCulture, $"{label.Label} ({label.Score:0.000})");
    }

    public static Command Create(TextWriter output, TextWriter error)
    {
        var model = new Argument<FileInfo>("MODEL") { Description = "Model file written by `train` or `finetune`." }.AcceptExistingOnly();
        var files = ImageArguments.Create();
        var top = NumberOption.Create("--top", "Number of labels to print for each image, highest score first.", 3,
            value => value >= 1, "at least 1 (3 is a good start)");
        var table = OutFile.Option("--out", "Write the predictions to this .csv file.", required: false, ".csv");
        var json = CommandOutput.CreateJsonOption();
        var command = new Command("predict", "Predict the labels of images with a saved model.") { model, files, top, table, json };
        command.SetAction(parsed =>
        {
            var console = new CommandOutput(output, error, parsed.GetValue(json));
            string? path = parsed.GetValue(table)?.FullName;
            if (path is not null)
                AtomicFile.Check(path);
            var images = ImageArguments.Expand(parsed.GetValue(files)!);
            // The engine's limits are for a service, where requests come from anywhere.
            var options = new ImageClassifierOptions { QueueLength = Math.Max(1, images.Length), MaxPixels = long.MaxValue, BatchSize = 8 };
            string modelPath = parsed.GetValue(model)!.FullName;
            using var classifier = ModelFile.LoadClassifier(modelPath, () => new ImageClassifier(modelPath, options));
            var all = console.WithProgress("Predicting", images.Length,
                progress => Predict(classifier, [.. images.Select(i => i.Path)], parsed.GetValue(top), progress));
            var predictions = ImageArguments.LeaveOutStrays(console, images, all, prediction => prediction.Error);
            if (path is not null)
                PredictionFile.Write(path, predictions);
            console.WriteResult(new { Predictions = predictions, Out = path }, text => Print(text, predictions, path));
            return predictions.Any(p => p.Error is not null) ? Cli.Failed : Cli.Done;
        });
        return command;
    }

    /// <summary>Predicts the labels of files.</summary>
    /// <param name="classifier">The classifier, whose queue must be long enough for all files.</param>
    /// <param name="files">The paths of the images.</param>
    /// <param name="top">The number of labels for each image, at least 1.</param>
    /// <param name="progress">Receives the number of predicted images.</param>
    /// <returns>A prediction for each file, in the order of the files.</returns>
    public static Prediction[] Predict(
        ImageClassifier classifier, IReadOnlyList<string> files, int top, IProgress<int>? progress = null)
    {
        Task<Prediction>[] running = [.. files.Select(file => Predict(classifier, file, top))];
        var predictions = new List<Prediction>();
        foreach (var prediction in running)
        {
            predictions.Add(prediction.GetAwaiter().GetResult());
            progress?.Report(predictions.Count);
        }
        return [.. predictions];
    }

    private static async Task<Prediction> Predict(ImageClassifier classifier, string file, int top)
    {
        try
        {
            var result = await classifier.ClassifyAsync(new ImageSource(file)).ConfigureAwait(false);
            return new(file, result.Label, [.. result.Scores.Take(top)], Error: null) { HasProbabilities = result.HasProbabilities };
        }
        catch (ImageFormatException e)
        {
            return new(file, Label: null, Labels: null, e.Message);
        }
    }

    private static void Print(IAnsiConsole console, Prediction[] predictions, string? path)
    {
        // With a file, only what is not in it.
        foreach (var prediction in predictions.Where(p => path is null || p.Error is not null))
            console.WriteLine(prediction.ToString());
        if (path is not null)
            console.WriteLine($"Wrote {predictions.Count(p => p.Error is null)} predictions to {path}.");
    }
}
