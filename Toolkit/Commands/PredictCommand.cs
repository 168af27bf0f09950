using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using Spectre.Console;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit predict MODEL FILE...</c>: the labels of photos.</summary>
internal static class PredictCommand
{
    /// <summary>A label with its score.</summary>
    internal sealed record Guess(string Label, float Score);

    /// <summary>What is predicted of a file, or why nothing is.</summary>
    internal sealed record Prediction(string File, IReadOnlyList<Guess>? Predictions, string? Error)
    {
        public override string ToString() =>
            Error ?? $"{File}: {string.Join(", ", Predictions!.Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Label} ({g.Score:0.000})")))}";
    }

    public static Command Create(TextWriter output, TextWriter error)
    {
        var model = new Argument<FileInfo>("MODEL") { Description = "A model that `train` wrote." }.AcceptExistingOnly();
        var files = new Argument<string[]>("FILE") { Description = "Photos.", Arity = ArgumentArity.OneOrMore };
        var top = new Option<int>("--top") { Description = "How many labels to give for each.", DefaultValueFactory = _ => 3 };
        var json = Shell.JsonOption();
        top.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 and var value)
                result.AddError($"--top {value} is impossible: 1 or more.");
        });
        var command = new Command("predict", "Predict the labels of photos with a saved model.") { model, files, top, json };
        command.SetAction(parsed =>
        {
            var context = new MLContext();
            using var classifier = new SavedClassifier(context, parsed.GetValue(model)!);
            var shell = new Shell(output, error, parsed.GetValue(json));
            string[] asked = parsed.GetValue(files)!;
            Prediction[] predictions = shell.Track("Predicting", asked.Length, progress => Predict(context, classifier, asked, parsed.GetValue(top), progress));
            shell.Result(predictions, console =>
            {
                foreach (var prediction in predictions)
                    console.WriteLine(prediction.ToString());
            });
            return predictions.Any(p => p.Error is not null) ? Cli.Failed : Cli.Done;
        });
        return command;
    }

    /// <summary>Predicts files, each with some labels, the best first.</summary>
    public static Prediction[] Predict(MLContext context, SavedClassifier classifier, string[] files, int top, IProgress<int>? progress = null)
    {
        var tried = Folders.Try(files);
        var readable = tried.Where(t => t.Problem is null).Select(t => new SavedClassifier.Photo { ImagePath = t.File });
        var scored = classifier.Model.Transform(context.Data.LoadFromEnumerable(readable));
        var rows = new Queue<Scored>();
        foreach (var row in context.Data.CreateEnumerable<Scored>(scored, reuseRowObject: false))
        {
            rows.Enqueue(row);
            progress?.Report(rows.Count);
        }
        return [.. tried.Select(t => t.Problem is null
            ? new Prediction(t.File, [.. rows.Dequeue().Score.Select((score, i) => new Guess(classifier.Labels[i], score)).OrderByDescending(g => g.Score).Take(top)], null)
            : new Prediction(t.File, null, t.Problem))];
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];
    }
}
