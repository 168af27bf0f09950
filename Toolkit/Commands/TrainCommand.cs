using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Explaining;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Toolkit.Reports;
using TransferKit.Toolkit.Reports.Html;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit train DIR</c>: trains a linear classifier on the features of a frozen network.</summary>
internal static class TrainCommand
{
    /// <summary>What is trained, and on what.</summary>
    /// <param name="Folder">The folder of labeled images.</param>
    /// <param name="TestFolder">The folder of test images; null to hold out a part of <paramref name="Folder"/>.</param>
    /// <param name="TestFraction">The fraction held out for testing, above 0 and below 1.</param>
    /// <param name="Head">The classifier, one of <see cref="Heads.Names"/>.</param>
    /// <param name="Model">The model file to write.</param>
    /// <param name="Seed">The random seed.</param>
    /// <param name="Force">Whether a model that exists is replaced.</param>
    internal sealed record Arguments(
        DirectoryInfo Folder, DirectoryInfo? TestFolder, double TestFraction, string Head, FileInfo Model, int Seed, bool Force)
    {
        /// <summary>The weight of the svm's loss relative to the regularization (C), above 0.</summary>
        public float Cost { get; init; } = 1;
    }

    public static Command Create(TextWriter output, TextWriter error)
    {
        var folder = Folders.Argument();
        var test = Folders.TestOption();
        var fraction = Folders.TestFractionOption();
        var head = OptimizationArguments.Choice("--head", "Classifier to train on the features.", Heads.Names[0], Heads.Names);
        var cost = NumberOption.Create<float>("--cost",
            "Weight of the svm's loss relative to its regularization: C of scikit-learn and LIBLINEAR.", 1,
            value => value > 0 && float.IsFinite(value), "above 0 (0.5 to 2 is usual)");
        var model = OutFile.Option("--out", "ML.NET model file to write; an ONNX file and a report of the same name are written beside it.",
            required: false, ".zip");
        model.DefaultValueFactory = _ => new FileInfo("model.zip");
        var force = Overwriting.ForceOption();
        var seed = OptimizationArguments.WithDefault("--seed", "Random seed for the split, training and new weights.", 1);
        var json = CommandOutput.CreateJsonOption();
        var network = new NetworkOptions();
        var command = new Command("train", "Train a classifier on a folder of labeled images and save it as an ML.NET model.")
        {
            folder, test, fraction, head, cost, model, force, seed, json,
        };
        network.AddTo(command);
        command.SetAction(parsed =>
        {
            var shell = new CommandOutput(output, error, parsed.GetValue(json));
            var options = network.Read<ImageFeaturizingEstimator.Options>(parsed, shell);
            if (parsed.GetValue(test) is not null)
                IgnoredOption.Refuse(parsed, fraction, "with --test");
            if (parsed.GetValue(head) != Heads.Svm)
                IgnoredOption.Refuse(parsed, cost, $"without --head {Heads.Svm}");
            var arguments = new Arguments(parsed.GetValue(folder)!, parsed.GetValue(test), parsed.GetValue(fraction),
                parsed.GetValue(head)!, parsed.GetValue(model)!, parsed.GetValue(seed), parsed.GetValue(force))
            {
                Cost = parsed.GetValue(cost),
            };
            var (result, _) = Train(shell, parsed, options, arguments);
            shell.WriteResult(result, result.Print);
            return Cli.Done;
        });
        return command;
    }

    /// <summary>Trains a classifier, evaluates it on the test images, and writes the model, its ONNX file and its report.</summary>
    /// <param name="shell">Receives messages and progress.</param>
    /// <param name="parsed">The command line, for the report.</param>
    /// <param name="options">The network and its settings.</param>
    /// <param name="arguments">What is trained, and on what.</param>
    /// <returns>The result and the test images.</returns>
    public static (RunResult Result, ImageFolder Test) Train(
        CommandOutput shell, ParseResult parsed, ImageFeaturizingEstimator.Options options, Arguments arguments)
    {
        var clock = Stopwatch.StartNew();
        var context = new MLContext(arguments.Seed);
        string model = arguments.Model.FullName;
        string report = Path.ChangeExtension(model, ".report.html");
        string onnx = OnnxFile.PathBeside(model);
        Overwriting.Check(arguments.Force, model, onnx, report);
        var all = Folders.Read(shell, context, arguments.Folder.FullName);
        var (train, test) = Folders.TrainAndTest(
            shell, context, arguments.Folder, all, arguments.TestFolder, arguments.TestFraction, arguments.Seed);

        var runningTime = new Stopwatch();
        var progress = new ForwardingProgress();
        (options.Progress, options.Seed) = (progress, arguments.Seed);
        var keys = context.Transforms.Conversion.MapValueToKey("LabelKey", "Label").Fit(train);
        using var featurizer = context.Transforms.FeaturizeImages(options).Fit(train);
        // The cache computes the features once, for the classifier and for the report.
        var features = context.Data.Cache(featurizer.Transform(keys.Transform(train)), "Features", "LabelKey");
        var classifier = WithProgress("Training", train, () => Append(keys, featurizer, FitHead()));
        var evaluation = WithProgress("Testing", test, () =>
            context.MulticlassClassification.EvaluateImages(classifier, test, new() { KeepFeatures = true }));
        AtomicFile.Replace(model, temporary => context.Model.Save(classifier, train.Schema, temporary));

        int imageCount = train.Images.Count + test.Images.Count;
        var result = new RunResult(evaluation, imageCount, runningTime.Elapsed, clock.Elapsed, model, all, test)
        {
            Onnx = OnnxFile.Write(shell, context, classifier, onnx),
        };
        result.Report = HtmlReport.Write(shell, report, () => new HtmlReport(result, Provenance.Of(parsed, model, evaluation))
        {
            CreateExplainer = () => new ImageExplainer(classifier),
            Nearest = NearDuplicates.CanCompare(train.Images.Count, test.Images.Count) ? FindNearest() : null,
        });
        return (result, test);

        ITransformer FitHead() => Heads.Create(context, arguments.Head, arguments.Seed, arguments.Cost)
            .Append<ITransformer>(context.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Fit(features);

        IReadOnlyList<NearestPair> FindNearest() => NearDuplicates.Find(
            Folders.ImagePaths(train), features.GetColumn<float[]>("Features"),
            Folders.ImagePaths(test), evaluation.Images.Select(i => i.Features!));

        T WithProgress<T>(string task, ImageFolder images, Func<T> work) => shell.WithProgress(task, images.Images.Count, shown =>
        {
            progress.Target = shown;
            runningTime.Start();
            try
            {
                return work();
            }
            finally
            {
                runningTime.Stop();
            }
        });
    }

    private static TransformerChain<ITransformer> Append(params ITransformer[] steps) => new(steps);

    // The network is loaded once, with one progress; training and testing each show their own.
    private sealed class ForwardingProgress : IProgress<int>
    {
        public IProgress<int>? Target { get; set; }

        public void Report(int value) => Target?.Report(value);
    }
}
