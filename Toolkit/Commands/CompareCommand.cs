using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Spectre.Console;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Pipelines.Classifying;
using TransferKit.Training;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit compare DIR</c>: several ways to train on the same photos, and ML.NET's own trainer where it was built in.</summary>
internal static class CompareCommand
{
    private const string Stock = "stock";

    private static readonly string[] Ways = ["svm", "last-layer", "added-layer", "last-layers", "all", Stock];

    public static Command Create(TextWriter output, TextWriter error)
    {
        var folder = Folders.Argument();
        var test = Folders.TestOption();
        var fraction = Folders.TestFractionOption();
        var ways = new Option<string[]>("--ways") { Description = $"Which: {string.Join(", ", Ways)}; all that are quick unless given.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => ["svm", "last-layer", "last-layers", Stock] }
            .AcceptOnlyFromAmong(Ways);
        var json = Shell.JsonOption();
        var arguments = new TrainingArguments(withMode: false);
        var command = new Command("compare", "Train on the same photos in several ways, and show how each does.") { folder, test, fraction, ways, json };
        arguments.AddTo(command);
        command.SetAction(parsed =>
        {
            var shell = new Shell(output, error, parsed.GetValue(json));
            var options = arguments.Read(parsed, shell);
            var context = new MLContext(options.Seed);
            var photos = LabeledPhotos.Read(shell, context, parsed.GetValue(folder)!, parsed.GetValue(test), parsed.GetValue(fraction), options.Seed);
            options.FeatureColumnName = photos.ImageColumn;
            using var stop = new Interruption(shell);
            options.CancellationToken = stop.Token;
            var results = new List<Row>();
            // All settings are checked before the first of them trains.
            foreach (var (way, made) in parsed.GetValue(ways)!.Select(w => (w, Trainer(context, w, options))).ToArray())
            {
                if (stop.Token.IsCancellationRequested)
                    break;
                if (made is not { } trainer)
                {
                    shell.Log("ML.NET's own trainer is not part of this program: build it with -p:TensorFlow=true, where the registry has Microsoft.ML.Vision and SciSharp.TensorFlow.Redist.");
                    continue;
                }
                shell.Log($"Training: {way}");
                var clock = Stopwatch.StartNew();
                using var classifier = Heads.Labeled(context, options.LabelColumnName, trainer).Fit(photos.Train);
                double seconds = clock.Elapsed.TotalSeconds;
                var evaluation = context.MulticlassClassification.EvaluateImages(classifier, photos.Test);
                results.Add(new Row(way, evaluation.Correct, evaluation.Total, Math.Round(seconds, 1)));
            }
            shell.Result(results, console =>
            {
                var table = new Table().AddColumns("way", "correct", "of", "training (s)");
                foreach (var row in results)
                    table.AddRow(row.Way, $"{row.Correct}", $"{row.Total}", row.Seconds.ToString("0.0", CultureInfo.InvariantCulture));
                console.Write(table);
            });
            return Cli.Done;
        });
        return command;
    }

    private static IEstimator<ITransformer>? Trainer(MLContext context, string way, FineTuneImagesEstimator.Options options)
    {
        switch (way)
        {
            case "svm":
                return context.Transforms.FeaturizeImages(new ImageFeaturizingEstimator.Options { ImageColumnName = options.FeatureColumnName, Backbone = options.Backbone, Weights = options.Weights, Seed = options.Seed })
                    .Append(Heads.Create(context, "svm", options.Seed));
            case Stock:
#if TENSORFLOW
                return TransferKit.Pipelines.TensorFlow.StockTrainer.Create(context, options.FeatureColumnName, options.LabelColumnName, options.Epoch);
#else
                return null;
#endif
            default:
                var own = (FineTuneImagesEstimator.Options)options.Copy();
                own.Mode = TrainingArguments.Mode(way);
                own.From = own.Mode == FineTuneMode.LastLayers ? options.From : null;
                own.FreezeEpochs = own.Mode is FineTuneMode.LastLayers or FineTuneMode.AllLayers ? options.FreezeEpochs : 0;
                return context.MulticlassClassification.Trainers.FineTuneImages(own);
        }
    }

    private sealed record Row(string Way, int Correct, int Total, double Seconds);
}
