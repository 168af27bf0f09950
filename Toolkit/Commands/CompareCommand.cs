using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Spectre.Console;
using TransferKit.Pipelines.Classifying;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Training;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit compare DIR</c>: trains in several ways on the same photos, and compares their accuracy and time.</summary>
internal static class CompareCommand
{
    private const string Svm = "svm", Stock = "stock";

    private static readonly string[] Ways = [Svm, .. TrainingArguments.Modes, Stock];

    public static Command Create(TextWriter output, TextWriter error)
    {
        var folder = Folders.Argument();
        var test = Folders.TestOption();
        var fraction = Folders.TestFractionOption();
        var ways = new Option<string[]>("--ways")
        {
            Description = $"The ways to train: {string.Join(", ", Ways)} (ML.NET's own trainer). Default: all that are quick.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [Svm, "last-layer", "last-layers", Stock],
        }.AcceptOnlyFromAmong(Ways);
        var json = CommandOutput.CreateJsonOption();
        var arguments = new TrainingArguments(withMode: false);
        var command = new Command("compare", "Train in several ways on the same photos, and compare their accuracy and time.")
        {
            folder, test, fraction, ways, json,
        };
        arguments.AddTo(command);
        command.SetAction(parsed =>
        {
            var shell = new CommandOutput(output, error, parsed.GetValue(json));
            var options = arguments.Read(parsed, shell);
            var context = new MLContext(options.Seed);
            var photos = LabeledPhotos.Read(
                shell, context, parsed.GetValue(folder)!, parsed.GetValue(test), parsed.GetValue(fraction), options.Seed);
            using var interruption = new Interruption(shell);
            (options.ImageColumnName, options.CancellationToken) = (photos.ImageColumn, interruption.Token);
            // All trainers are created first: they check their options before any of them trains.
            var trainers = parsed.GetValue(ways)!.Select(way => (Way: way, Trainer: CreateTrainer(context, way, options))).ToArray();
            var results = new List<Row>();
            foreach (var (way, trainer) in trainers)
            {
                if (interruption.Token.IsCancellationRequested)
                    break;
                if (trainer is not null)
                    results.Add(Train(shell, context, way, trainer, photos));
                else
                    shell.Log("ML.NET's own trainer is not part of this program: build it with -p:TensorFlow=true, "
                        + "where the registry has Microsoft.ML.Vision and SciSharp.TensorFlow.Redist.");
            }
            shell.WriteResult(results, console => Print(console, results));
            return Cli.Done;
        });
        return command;
    }

    private static Row Train(CommandOutput shell, MLContext context, string way, IEstimator<ITransformer> trainer, LabeledPhotos photos)
    {
        shell.Log($"Training: {way}");
        var clock = Stopwatch.StartNew();
        using var classifier = Heads.WithTextLabels(context, trainer).Fit(photos.Train);
        double seconds = clock.Elapsed.TotalSeconds;
        var evaluation = context.MulticlassClassification.EvaluateImages(classifier, photos.Test);
        return new Row(way, evaluation.Correct, evaluation.Total, Math.Round(seconds, 1));
    }

    private static void Print(IAnsiConsole console, IEnumerable<Row> results)
    {
        var table = new Table().AddColumns("way", "correct", "of", "training (s)");
        foreach (var row in results)
            table.AddRow(row.Way, $"{row.Correct}", $"{row.Total}", row.Seconds.ToString("0.0", CultureInfo.InvariantCulture));
        console.Write(table);
    }

    private static IEstimator<ITransformer>? CreateTrainer(MLContext context, string way, FineTuneImagesEstimator.Options options)
    {
        switch (way)
        {
            case Svm:
                var features = new ImageFeaturizingEstimator.Options
                {
                    ImageColumnName = options.ImageColumnName,
                    Backbone = options.Backbone,
                    Weights = options.Weights,
                    Seed = options.Seed,
                };
                return context.Transforms.FeaturizeImages(features).Append(Heads.Create(context, Svm, options.Seed));
            case Stock:
#if TENSORFLOW
                return TransferKit.Pipelines.TensorFlow.StockTrainer.Create(
                    context, options.ImageColumnName, options.LabelColumnName, options.Epoch);
#else
                return null;
#endif
            default:
                var copy = (FineTuneImagesEstimator.Options)options.Copy();
                copy.Mode = TrainingArguments.Mode(way);
                copy.From = copy.Mode == FineTuneMode.LastLayers ? options.From : null;
                copy.FreezeEpochs = copy.Mode is FineTuneMode.LastLayers or FineTuneMode.AllLayers ? options.FreezeEpochs : 0;
                return context.MulticlassClassification.Trainers.FineTuneImages(copy);
        }
    }

    private sealed record Row(string Way, int Correct, int Total, double Seconds);
}
