using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML;
using Spectre.Console;
using TransferKit.Images;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Training;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit distill</c>: trains a small network to reproduce the outputs of a larger one, on unlabeled images.</summary>
internal static class DistillCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var images = new Option<string[]>("--images")
        {
            Description = "Folders and .zip files of images; one that is given twice counts twice.",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var probe = new Option<DirectoryInfo[]>("--probe")
        {
            Description = "Labeled folders to evaluate the student's features on, by a linear SVM: 80 % to train it, the rest to test it.",
            AllowMultipleArgumentsPerToken = true,
        };
        var json = CommandOutput.CreateJsonOption();
        var run = new RunArguments();
        var arguments = new DistillationArguments();
        var command = new Command("distill", "Train a small network to reproduce the outputs of a larger one, on images without labels.")
        {
            images, probe, json,
        };
        run.AddTo(command);
        arguments.AddTo(command);
        command.SetAction(parsed =>
        {
            var shell = new CommandOutput(output, error, parsed.GetValue(json));
            var clock = Stopwatch.StartNew();
            var options = arguments.Read(parsed, shell);
            using var files = run.Read(parsed, options);
            var photos = UnlabeledPhotos.Read(shell, parsed.GetValue(images)!);
            var (train, validation) = Split(photos, arguments.ValidationFraction(parsed), options.Seed);
            files.Start(shell, parsed, options);
            using var interruption = new Interruption(shell);
            var trained = files.Train(() => Distiller.Distill(options, train, validation, interruption.Token));
            files.Save(trained, labels: null);
            shell.Log(TrainingOutcome.Describe(trained.History, trained.BestEpoch, options, interruption.Token.IsCancellationRequested));
            var probes = parsed.GetValue(probe)!.Select(folder => Probe(shell, folder, options, files.Weights, trained.Preprocessing));
            var result = new Result(trained, files.Weights, [.. probes], Math.Round(clock.Elapsed.TotalSeconds, 1));
            files.WriteReport(trained.BestEpoch, result, trained.History);
            shell.WriteResult(result, result.Print);
            return Cli.Done;
        });
        return command;
    }

    private static (ImageSource[] Train, ImageSource[] Validation) Split(IReadOnlyList<ImageSource> photos, double fraction, int seed)
    {
        int[] order = [.. Enumerable.Range(0, photos.Count)];
        new Random(seed).Shuffle(order);
        var validation = order.Take((int)(photos.Count * fraction)).ToHashSet();
        return ([.. photos.Where((_, i) => !validation.Contains(i))], [.. photos.Where((_, i) => validation.Contains(i))]);
    }

    private static ProbeResult Probe(CommandOutput shell, DirectoryInfo folder, DistillationOptions options, string weights,
        Preprocessing preprocessing)
    {
        var context = new MLContext(options.Seed);
        var all = Folders.Read(shell, context, folder.FullName);
        var (train, test) = Folders.TrainAndTest(shell, context, folder, all, testFolder: null, fraction: 0.2, options.Seed);
        var features = context.Transforms.FeaturizeImages(
            new ImageFeaturizingEstimator.Options { Backbone = options.Backbone, Weights = weights, Preprocessing = preprocessing });
        var trainer = features.Append(Heads.Create(context, Heads.Svm, options.Seed));
        using var classifier = Heads.WithTextLabels(context, trainer).Fit(train);
        var evaluation = context.MulticlassClassification.EvaluateImages(classifier, test);
        return new ProbeResult(folder.FullName, evaluation.Correct, evaluation.Total);
    }

    private sealed record ProbeResult(string Folder, int Correct, int Total);

    private sealed class Result(TrainedNetwork trained, string weights, IReadOnlyList<ProbeResult> probes, double seconds)
    {
        private readonly EpochMetrics _best = trained.History[trained.BestEpoch - 1];

        public string Weights => weights;

        public double Loss => _best.ValidationLoss ?? _best.Loss;

        /// <summary>The fraction of images that student and teacher give the same top class.</summary>
        public double Agreement => (_best.ValidationMetrics.Count > 0 ? _best.ValidationMetrics : _best.TrainingMetrics)["agreement"];

        public IReadOnlyList<ProbeResult> Probes => probes;

        public double Seconds => seconds;

        public void Print(IAnsiConsole console)
        {
            console.WriteLine(FormattableString.Invariant(
                $"The student agrees with the teacher's top class on {100 * Agreement:0.0} % of images; loss {Loss:0.000}, {Seconds:0} s"));
            foreach (var probe in Probes)
                console.WriteLine($"{probe.Folder}: {probe.Correct} of {probe.Total} correct by a linear SVM on the student's features");
            console.WriteLine($"Weights: {Weights}");
        }
    }
}
