using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Toolkit.Reports;
using TransferKit.Toolkit.Reports.Html;
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
        var command = new Command("train", "Train a classifier on a folder of labeled photos and save it as an ML.NET model.") { folder, test, fraction, head, model, seed, json };
        network.AddTo(command);
        command.SetAction(parsed =>
        {
            var shell = new Shell(output, error, parsed.GetValue(json));
            var options = network.Read<ImageFeaturizingEstimator.Options>(parsed, shell);
            var (result, _) = Train(shell, parsed, options, parsed.GetValue(folder)!, parsed.GetValue(test), parsed.GetValue(fraction), parsed.GetValue(head)!,
                parsed.GetValue(model)!, parsed.GetValue(seed));
            shell.Result(result, result.Print);
            return Cli.Done;
        });
        return command;
    }

    /// <summary>Trains, tests, and writes the model and its report.</summary>
    public static (RunResult Result, ImageFolder Test) Train(Shell shell, ParseResult parsed, ImageFeaturizingEstimator.Options options, DirectoryInfo folder, DirectoryInfo? testFolder,
        double testFraction, string head, FileInfo file, int seed)
    {
        var clock = Stopwatch.StartNew();
        var context = new MLContext(seed);
        string report = Path.ChangeExtension(file.FullName, ".report.html");
        AtomicFile.Check(file.FullName);
        AtomicFile.Check(report);
        var all = Folders.Read(shell, context, folder.FullName);
        var (train, test) = Folders.TrainAndTest(shell, context, folder, all, testFolder, testFraction, seed);

        var running = new Stopwatch();
        var progress = new Relay();
        (options.Progress, options.Seed) = (progress, seed);
        var keys = context.Transforms.Conversion.MapValueToKey("LabelKey", "Label").Fit(train);
        using var featurizer = context.Transforms.FeaturizeImages(options).Fit(train);
        // Read once, for the classifier and for the report.
        var features = context.Data.Cache(featurizer.Transform(keys.Transform(train)), "Features", "LabelKey");
        var classifier = Tracked("Training", train, () => new TransformerChain<ITransformer>(keys, featurizer, Heads.Create(context, head, seed)
            .Append<ITransformer>(context.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(features)));
        var evaluation = Tracked("Testing", test, () => context.MulticlassClassification.EvaluateImages(classifier, test, new() { KeepFeatures = true }));
        AtomicFile.Replace(file.FullName, temporary => context.Model.Save(classifier, train.Schema, temporary));

        var result = new RunResult(evaluation, train.Images.Count + test.Images.Count, running.Elapsed, clock.Elapsed, file.FullName, all, test);
        result.Report = HtmlReport.Write(shell, report, () => new HtmlReport(result, Provenance.Of(parsed, file.FullName, evaluation))
        {
            Model = classifier,
            Nearest = NearDuplicates.CanCompare(train.Images.Count, test.Images.Count)
                ? NearDuplicates.Find(Folders.Paths(train), features.GetColumn<float[]>("Features"), Folders.Paths(test), evaluation.Images.Select(i => i.Features!)) : null,
        });
        return (result, test);

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
