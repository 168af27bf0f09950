using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML;
using TransferKit.Images;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Classifying;
using TransferKit.Toolkit.Reports;
using TransferKit.Toolkit.Reports.Html;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit finetune DIR</c>: trains part of a network, or all of it, and leaves a run folder.</summary>
internal static class FinetuneCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var folder = Folders.Argument();
        var test = Folders.TestOption();
        var fraction = Folders.TestFractionOption();
        var run = new Option<DirectoryInfo>("--out") { Description = "The run folder to write.", DefaultValueFactory = _ => new DirectoryInfo("run") };
        var resume = new Option<bool>("--resume") { Description = "Go on with the training in the run folder, if it was interrupted." };
        var json = Shell.JsonOption();
        var arguments = new TrainingArguments();
        var command = new Command("finetune", "Train a network's last layer, last layers or all of it on a folder of labeled photos.") { folder, test, fraction, run, resume, json };
        arguments.AddTo(command);
        command.SetAction(parsed =>
        {
            var shell = new Shell(output, error, parsed.GetValue(json));
            var options = arguments.Read(parsed, shell);
            var clock = Stopwatch.StartNew();
            var context = new MLContext(options.Seed);
            var photos = LabeledPhotos.Read(shell, context, parsed.GetValue(folder)!, parsed.GetValue(test), parsed.GetValue(fraction), options.Seed);
            options.FeatureColumnName = photos.ImageColumn;
            var files = new RunFolder(parsed.GetValue(run)!.FullName);
            (options.WorkspacePath, options.Resume) = (files.Folder, parsed.GetValue(resume));
            files.Start(parsed, options.Resume);
            using var stop = new Interruption(shell);
            options.CancellationToken = stop.Token;
            using var classifier = Heads.Labeled(context, options.LabelColumnName, context.MulticlassClassification.Trainers.FineTuneImages(options)).Fit(photos.Train);
            var tuned = classifier.OfType<FineTunedImagesTransformer>().Single().Tuned;
            // What took hours is safe before anything else is tried.
            files.Save(tuned);
            files.Save(context, classifier, photos.Train);
            var running = Stopwatch.StartNew();
            var evaluation = shell.WithProgress("Testing", photos.TestCount, progress => context.MulticlassClassification.EvaluateImages(classifier, photos.Test, new() { Progress = progress }));
            var result = new RunResult(evaluation, photos.TestCount, running.Elapsed, clock.Elapsed, files.Model, photos.Folders);
            files.Report(new { tuned.BestEpoch, Result = result, tuned.History });
            result.Report = HtmlReport.Write(shell, files.Page, () => new HtmlReport(result, Provenance.Of(parsed, files.Model, evaluation))
            {
                Model = classifier,
                History = tuned.History,
                Nearest = Nearest(shell, options, photos, stop.Token),
            });
            shell.Result(result, result.Print);
            return Cli.Done;
        });
        return command;
    }

    // By what the network saw before it was trained: afterwards, photos of one class are alike however different they are.
    private static IReadOnlyList<NearestPair>? Nearest(Shell shell, FineTuneImagesEstimator.Options options, LabeledPhotos photos, CancellationToken stop)
    {
        if (photos is not { Train: ImageFolder train, Test: ImageFolder test } || !NearDuplicates.CanCompare(train.Images.Count, test.Images.Count) || stop.IsCancellationRequested)
            return null;
        string[] all = [.. Folders.Paths(train), .. Folders.Paths(test)];
        float[][] features = shell.WithProgress("Comparing", all.Length, progress =>
        {
            using var featurizer = new ImageFeaturizer(new FeaturizerOptions { Backbone = options.Backbone, Weights = options.Weights, Preprocessing = options.Preprocessing, Seed = options.Seed, Progress = progress });
            return featurizer.Featurize(all.Select(path =>
            {
                stop.ThrowIfCancellationRequested();
                return new ImageSource(path);
            })).ToArray();
        });
        return NearDuplicates.Find(all[..train.Images.Count], features[..train.Images.Count], all[train.Images.Count..], features[train.Images.Count..]);
    }
}
