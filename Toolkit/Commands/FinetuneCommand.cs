using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML;
using TransferKit.Images;
using TransferKit.Pipelines.Classifying;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Evaluating;
using TransferKit.Pipelines.Explaining;
using TransferKit.Toolkit.Reports;
using TransferKit.Toolkit.Reports.Html;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit finetune DIR</c>: fine-tunes some or all layers of a network, and writes a run folder.</summary>
internal static class FinetuneCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var folder = Folders.Argument();
        var test = Folders.TestOption();
        var fraction = Folders.TestFractionOption();
        var json = CommandOutput.CreateJsonOption();
        var run = new RunArguments();
        var arguments = new TrainingArguments();
        var command = new Command("finetune", "Fine-tune a network's last layer, last layers or all layers on a folder of labeled images.")
        {
            folder, test, fraction, json,
        };
        run.AddTo(command);
        arguments.AddTo(command);
        command.SetAction(parsed =>
        {
            var shell = new CommandOutput(output, error, parsed.GetValue(json));
            var options = arguments.Read(parsed, shell);
            if (parsed.GetValue(test) is not null)
                IgnoredOption.Refuse(parsed, fraction, "with --test");
            using var files = run.Read(parsed, options);
            var context = new MLContext(options.Seed);
            var clock = Stopwatch.StartNew();
            var photos = LabeledPhotos.Read(
                shell, context, parsed.GetValue(folder)!, parsed.GetValue(test), parsed.GetValue(fraction), options.Seed);
            files.Start(shell, parsed, options);
            var result = Run(shell, context, options, photos, files, parsed, clock);
            shell.WriteResult(result, result.Print);
            return Cli.Done;
        });
        return command;
    }

    private static RunResult Run(CommandOutput shell, MLContext context, FineTuneImagesEstimator.Options options, LabeledPhotos photos,
        RunFolder files, ParseResult parsed, Stopwatch clock)
    {
        using var interruption = new Interruption(shell);
        (options.ImageColumnName, options.CancellationToken) = (photos.ImageColumn, interruption.Token);
        var trainer = context.MulticlassClassification.Trainers.FineTuneImages(options);
        using var classifier = files.Train(() => Heads.WithTextLabels(context, trainer).Fit(photos.Train));
        var trained = classifier.OfType<FineTunedImagesTransformer>().Single().Trained;
        // The training may have taken hours: its result is saved before anything else can fail.
        files.Save(trained, Evaluation.LabelsOf(classifier.GetOutputSchema(photos.Train.Schema)));
        files.Save(context, classifier, photos.Train);
        shell.Log(TrainingOutcome.Describe(trained.History, trained.BestEpoch, options, interruption.Token.IsCancellationRequested));
        var testing = Stopwatch.StartNew();
        var evaluation = shell.WithProgress("Testing", photos.TestCount, progress =>
            context.MulticlassClassification.EvaluateImages(classifier, photos.Test, new() { Progress = progress }));
        var result = new RunResult(evaluation, photos.TestCount, testing.Elapsed, clock.Elapsed, files.Model, photos.Folders)
        {
            Onnx = files.Onnx,
        };
        files.WriteReport(trained.BestEpoch, result, trained.History);
        result.Report = HtmlReport.Write(shell, files.Page, () => new HtmlReport(result, Provenance.Of(parsed, files.Model, evaluation))
        {
            CreateExplainer = () => new ImageExplainer(classifier),
            History = trained.History,
            Nearest = FindNearest(shell, options, photos, interruption.Token),
        });
        return result;
    }

    // Photos are compared by the features of the initial weights: afterwards, all photos of a class are similar.
    private static IReadOnlyList<NearestPair>? FindNearest(CommandOutput shell, FineTuneImagesEstimator.Options options,
        LabeledPhotos photos, CancellationToken cancellationToken)
    {
        if (photos is not { Train: ImageFolder train, Test: ImageFolder test } || cancellationToken.IsCancellationRequested
            || !NearDuplicates.CanCompare(train.Images.Count, test.Images.Count))
            return null;
        string[] trainPaths = Folders.ImagePaths(train), testPaths = Folders.ImagePaths(test);
        string[] paths = [.. trainPaths, .. testPaths];
        float[][] features = shell.WithProgress("Comparing", paths.Length, progress =>
        {
            using var featurizer = new ImageFeaturizer(new FeaturizerOptions
            {
                Backbone = options.Backbone,
                Weights = options.Weights,
                Preprocessing = options.Preprocessing,
                Seed = options.Seed,
                Progress = progress,
            });
            return featurizer.Featurize(paths.Select(path =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                return new ImageSource(path);
            })).ToArray();
        });
        return NearDuplicates.Find(trainPaths, features[..trainPaths.Length], testPaths, features[trainPaths.Length..]);
    }
}
