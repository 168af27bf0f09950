using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Spectre.Console;
using TransferKit.Pipelines.Classifying;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Training;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit compare DIR</c>: trains in several modes on the same images, and compares their accuracy and time.</summary>
internal static class CompareCommand
{
    private const string Stock = "stock";

    private static readonly string[] Modes = [.. Heads.Names, .. TrainingArguments.Modes, Stock];

    public static Command Create(TextWriter output, TextWriter error)
    {
        var folder = Folders.Argument();
        var test = Folders.TestOption();
        var fraction = Folders.TestFractionOption();
        var modes = new Option<string[]>("--modes")
        {
            Description = $"What to train: a classifier on frozen features ({string.Join(", ", Heads.Names)}), layers of the network "
                + $"({string.Join(", ", TrainingArguments.Modes)}), or ML.NET's own trainer ({Stock}). Default: all that are quick.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [.. Heads.Names, "last-layer", "last-layers", Stock],
        }.AcceptOnlyFromAmong(Modes);
        var json = CommandOutput.CreateJsonOption();
        var arguments = new TrainingArguments(withMode: false);
        var command = new Command("compare", "Train in several modes on the same images, and compare their accuracy and time.")
        {
            folder, test, fraction, modes, json,
        };
        arguments.AddTo(command);
        command.SetAction(parsed =>
        {
            var shell = new CommandOutput(output, error, parsed.GetValue(json));
            string[] asked = parsed.GetValue(modes)!;
            var options = arguments.Read(parsed, shell, asked);
            if (parsed.GetValue(test) is not null)
                IgnoredOption.Refuse(parsed, fraction, "with --test");
            var context = new MLContext(options.Seed);
            var photos = LabeledPhotos.Read(
                shell, context, parsed.GetValue(folder)!, parsed.GetValue(test), parsed.GetValue(fraction), options.Seed);
            using var interruption = new Interruption(shell);
            (options.ImageColumnName, options.CancellationToken) = (photos.ImageColumn, interruption.Token);
            // All trainers are created first: they check their options before any of them trains.
            var trainers = asked.Select(mode => (Mode: mode, Trainer: CreateTrainer(context, mode, options))).ToArray();
            var results = new List<Row>();
            foreach (var (mode, trainer) in trainers)
            {
                if (interruption.Token.IsCancellationRequested)
                    break;
                if (trainer is not null)
                    results.Add(Train(shell, context, mode, trainer, photos));
                else
                    shell.Log("ML.NET's own trainer is not part of this program: build it with -p:TensorFlow=true, "
                        + "where the registry has Microsoft.ML.Vision and SciSharp.TensorFlow.Redist.");
            }
            shell.WriteResult(new { Modes = results }, console => Print(console, results, photos.TestCount));
            return Cli.Done;
        });
        return command;
    }

    private static Row Train(CommandOutput shell, MLContext context, string mode, IEstimator<ITransformer> trainer, LabeledPhotos photos)
    {
        shell.Log($"Training: {mode}");
        var clock = Stopwatch.StartNew();
        using var classifier = Heads.WithTextLabels(context, trainer).Fit(photos.Train);
        double seconds = clock.Elapsed.TotalSeconds;
        var evaluation = context.MulticlassClassification.EvaluateImages(classifier, photos.Test);
        return new Row(mode, evaluation.Correct, evaluation.Total, Math.Round(seconds, 1));
    }

    private static void Print(IAnsiConsole console, IEnumerable<Row> results, int total)
    {
        var table = new Table().AddColumns("mode", $"correct of {total}", "accuracy", "training (s)");
        foreach (var row in results)
        {
            string accuracy = string.Create(CultureInfo.InvariantCulture, $"{100.0 * row.Correct / row.Total:0.0} %");
            table.AddRow(row.Mode, $"{row.Correct}", accuracy, row.Seconds.ToString("0.0", CultureInfo.InvariantCulture));
        }
        console.Write(table);
    }

    private static IEstimator<ITransformer>? CreateTrainer(MLContext context, string mode, FineTuneImagesEstimator.Options options)
    {
        switch (mode)
        {
            case var head when Heads.Names.Contains(head):
                var features = new ImageFeaturizingEstimator.Options
                {
                    ImageColumnName = options.ImageColumnName,
                    Backbone = options.Backbone,
                    Weights = options.Weights,
                    Preprocessing = options.Preprocessing,
                    Seed = options.Seed,
                };
                return context.Transforms.FeaturizeImages(features).Append(Heads.Create(context, head, options.Seed));
            case Stock:
#if TENSORFLOW
                return TransferKit.Pipelines.TensorFlow.StockTrainer.Create(
                    context, options.ImageColumnName, options.LabelColumnName, options.Epoch);
#else
                return null;
#endif
            default:
                var copy = (FineTuneImagesEstimator.Options)options.Copy();
                copy.Mode = TrainingArguments.Mode(mode);
                copy.From = copy.Mode == FineTuneMode.LastLayers ? options.From : null;
                bool trainsBlocks = copy.Mode is FineTuneMode.LastLayers or FineTuneMode.AllLayers;
                (copy.FreezeEpochs, copy.DropPath) = trainsBlocks ? (options.FreezeEpochs, options.DropPath) : (0, null);
                return context.MulticlassClassification.Trainers.FineTuneImages(copy);
        }
    }

    private sealed record Row(string Mode, int Correct, int Total, double Seconds);
}
