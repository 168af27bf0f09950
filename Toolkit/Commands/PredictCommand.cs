using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using Spectre.Console;
using TransferKit.Pipelines.Serving;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit predict MODEL FILE...</c>: predicts the labels of photos.</summary>
internal static class PredictCommand
{
    /// <summary>The prediction for a file, or the reason why there is none.</summary>
    /// <param name="File">The path of the photo.</param>
    /// <param name="Predictions">The top labels, highest score first; null where the photo is unreadable.</param>
    /// <param name="Error">The reason where the photo is unreadable.</param>
    internal sealed record Prediction(string File, IReadOnlyList<LabelScore>? Predictions, string? Error)
    {
        public override string ToString() => Error ?? $"{File}: {string.Join(", ", Predictions!.Select(Text))}";

        private static string Text(LabelScore prediction) =>
            string.Create(CultureInfo.InvariantCulture, $"{prediction.Label} ({prediction.Score:0.000})");
    }

    public static Command Create(TextWriter output, TextWriter error)
    {
        var model = new Argument<FileInfo>("MODEL") { Description = "Model file written by `train` or `finetune`." }.AcceptExistingOnly();
        var files = new Argument<string[]>("FILE") { Description = "Photos.", Arity = ArgumentArity.OneOrMore };
        var top = OptimizationArguments.WithDefault("--top", "Number of labels to print for each photo, highest score first.", 3);
        var json = CommandOutput.CreateJsonOption();
        top.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 and var value)
                result.AddError($"--top {value} is invalid: it must be at least 1 (3 is a good start).");
        });
        var command = new Command("predict", "Predict the labels of photos with a saved model.") { model, files, top, json };
        command.SetAction(parsed =>
        {
            var context = new MLContext();
            using var classifier = new SavedClassifier(context, parsed.GetValue(model)!);
            var shell = new CommandOutput(output, error, parsed.GetValue(json));
            string[] paths = parsed.GetValue(files)!;
            var predictions = shell.WithProgress("Predicting", paths.Length,
                progress => Predict(context, classifier, paths, parsed.GetValue(top), progress));
            shell.WriteResult(predictions, console =>
            {
                foreach (var prediction in predictions)
                    console.WriteLine(prediction.ToString());
            });
            return predictions.Any(p => p.Error is not null) ? Cli.Failed : Cli.Done;
        });
        return command;
    }

    /// <summary>Predicts the labels of files.</summary>
    /// <param name="context">The ML.NET context that loaded the classifier.</param>
    /// <param name="classifier">The classifier.</param>
    /// <param name="files">The paths of the photos.</param>
    /// <param name="top">The number of labels for each photo, at least 1.</param>
    /// <param name="progress">Receives the number of predicted photos.</param>
    /// <returns>A prediction for each file, in the order of the files.</returns>
    public static Prediction[] Predict(
        MLContext context, SavedClassifier classifier, string[] files, int top, IProgress<int>? progress = null)
    {
        var verified = Folders.Verify(files);
        var readable = verified.Where(v => v.Problem is null).Select(v => new SavedClassifier.Photo { ImagePath = v.File });
        var scored = classifier.Model.Transform(context.Data.LoadFromEnumerable(readable));
        var rows = new Queue<ScoredRow>();
        foreach (var row in context.Data.CreateEnumerable<ScoredRow>(scored, reuseRowObject: false))
        {
            rows.Enqueue(row);
            progress?.Report(rows.Count);
        }
        return [.. verified.Select(v => v.Problem is null
            ? new Prediction(v.File, TopLabels(classifier.Labels, rows.Dequeue().Score, top), null)
            : new Prediction(v.File, null, v.Problem))];
    }

    private static LabelScore[] TopLabels(IReadOnlyList<string> labels, float[] scores, int top) =>
        [.. labels.Zip(scores, (label, score) => new LabelScore(label, score)).OrderByDescending(p => p.Score).Take(top)];

    private sealed class ScoredRow
    {
        public float[] Score { get; set; } = [];
    }
}
