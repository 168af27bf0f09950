using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Toolkit.Reports;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit train DIR</c>: features of a frozen network under a linear classifier.</summary>
internal static class TrainCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var folder = Folders.Argument();
        var test = Folders.TestOption();
        var fraction = Folders.TestFractionOption();
        var head = new Option<string>("--head") { Description = "The classifier on the features.", DefaultValueFactory = _ => "svm" }.AcceptOnlyFromAmong(Heads.Names);
        var model = new Option<FileInfo>("--out") { Description = "The ML.NET model file to write.", DefaultValueFactory = _ => new FileInfo("model.zip") };
        var seed = new Option<int>("--seed") { Description = "Of the split, the training and fresh weights.", DefaultValueFactory = _ => 1 };
        var json = Shell.JsonOption();
        var network = new NetworkOptions();
        var command = new Command("train", "Train a classifier on a folder of labelled photos and save it as an ML.NET model.") { folder, test, fraction, head, model, seed, json };
        network.AddTo(command);
        command.SetAction(parsed =>
        {
            var shell = new Shell(output, error, parsed.GetValue(json));
            var options = network.Read<ImageFeaturizingEstimator.Options>(parsed, shell);
            var result = Train(shell, options, parsed.GetValue(folder)!, parsed.GetValue(test), parsed.GetValue(fraction), parsed.GetValue(head)!,
                parsed.GetValue(model)!, parsed.GetValue(seed)).Result;
            shell.Result(result, result.Print);
            return Cli.Done;
        });
        return command;
    }

    /// <summary>Trains, tests and writes the model.</summary>
    public static (RunResult Result, ImageFolder Test) Train(Shell shell, ImageFeaturizingEstimator.Options options, DirectoryInfo folder, DirectoryInfo? testFolder,
        double testFraction, string head, FileInfo file, int seed)
    {
        var clock = Stopwatch.StartNew();
        var context = new MLContext(seed);
        AtomicFile.Check(file.FullName);
        var all = Folders.Read(shell, context, folder.FullName);
        var (train, test) = Folders.TrainAndTest(shell, context, folder, all, testFolder, testFraction, seed);

        var running = new Stopwatch();
        var progress = new Relay();
        (options.Progress, options.Seed) = (progress, seed);
        using var classifier = Tracked("Training", train, () => Heads.Labelled(context, "LabelKey", context.Transforms.FeaturizeImages(options).Append(Heads.Create(context, head, seed))).Fit(train));
        var evaluation = Tracked("Testing", test, () => Evaluation.Of(context, classifier, test, train.Labels));
        AtomicFile.Replace(file.FullName, temporary => context.Model.Save(classifier, train.Schema, temporary));

        return (new RunResult(evaluation, train.Images.Count + test.Images.Count, running.Elapsed, clock.Elapsed, file.FullName, all, test), test);

        T Tracked<T>(string what, ImageFolder images, Func<T> work) => shell.Track(what, images.Images.Count, shown =>
        {
            progress.To = shown;
            running.Start();
            try
            {
                return work();
            }
            finally
            {
                running.Stop();
            }
        });
    }

    // The network is loaded once, with one progress; training and testing each show their own.
    private sealed class Relay : IProgress<int>
    {
        public IProgress<int>? To { get; set; }

        public void Report(int value) => To?.Report(value);
    }
}
