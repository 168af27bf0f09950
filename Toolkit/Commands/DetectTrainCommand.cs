using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML;
using Spectre.Console;
using TransferKit.Detection;
using TransferKit.Pipelines.Detecting;
using TransferKit.Toolkit.Reports;
using TransferKit.Training;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit detect train DIR</c>: fine-tunes a detector on photos with boxes, and leaves a run folder.</summary>
internal static class DetectTrainCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var usual = new DetectionOptions();
        var folder = AnnotatedFolder.Argument();
        var annotations = AnnotatedFolder.FileOption("--annotations", AnnotatedFolder.AnnotationsDescription);
        var list = AnnotatedFolder.FileOption("--list", "A text file with the names of the photos to learn from; all unless given.");
        var testList = AnnotatedFolder.FileOption("--test-list", "The same of those to test on; unless these are named, nothing is tested.");
        var testAnnotations = AnnotatedFolder.FileOption("--test-annotations", "A JSON file in COCO's form with the boxes of those to test on.");
        var detector = new Option<string?>("--detector") { Description = "One of torchvision's detectors; a new one over the backbone unless given." };
        var backbone = new Option<string>("--backbone") { Description = "The network below a new detector; `transferkit models` lists them.", DefaultValueFactory = _ => usual.Backbone.Name };
        var weights = new Option<string?>("--weights") { Description = "The detector's or the backbone's: a tag, a file, or none; the published unless given." };
        var minSize = new Option<int?>("--min-size") { Description = "What a photo's shorter side is resized to, in pixels; the detector's own unless given." };
        var maxSize = new Option<int?>("--max-size") { Description = "What its longer side may have, in pixels; likewise." };
        var jitter = OptimizationArguments.Number("--scale-jitter", "How much larger or smaller photos are shown, as a part of themselves.", usual.ScaleJitter);
        var frozen = OptimizationArguments.Number("--frozen-stages", "How many stages of the backbone stay as they are.", usual.FrozenStages);
        var run = new Option<DirectoryInfo>("--out") { Description = "The run folder to write.", DefaultValueFactory = _ => new DirectoryInfo("run") };
        var resume = new Option<bool>("--resume") { Description = "Go on with the training in the run folder, if it was interrupted." };
        var json = Shell.JsonOption();
        var optimization = new OptimizationArguments(usual);
        var command = new Command("train", "Fine-tune a detector on photos with boxes.") { folder, annotations, list, testList, testAnnotations, detector, backbone, weights, minSize, maxSize, jitter, frozen, run, resume, json };
        optimization.AddTo(command);
        command.SetAction(parsed =>
        {
            var shell = new Shell(output, error, parsed.GetValue(json));
            var clock = Stopwatch.StartNew();
            var files = new RunFolder(parsed.GetValue(run)!.FullName);
            var options = new FineTuneDetectorEstimator.Options
            {
                Detector = parsed.GetValue(detector),
                Backbone = parsed.GetValue(backbone)!,
                Weights = parsed.GetValue(weights),
                MinSize = parsed.GetValue(minSize),
                MaxSize = parsed.GetValue(maxSize),
                ScaleJitter = parsed.GetValue(jitter),
                FrozenStages = parsed.GetValue(frozen),
                WorkspacePath = files.Folder,
                Resume = parsed.GetValue(resume),
            };
            var augmentation = options.Augmentation;
            optimization.Fill(options, parsed, shell);
            options.Augmentation = options.Augmentation.IsNone ? augmentation : options.Augmentation;
            options.Validate();
            var train = AnnotatedFolder.Read(shell, parsed.GetValue(folder)!, parsed.GetValue(annotations), parsed.GetValue(list), labels: null);
            var (testedList, tested) = (parsed.GetValue(testList), parsed.GetValue(testAnnotations));
            var test = testedList is null && tested is null ? null : AnnotatedFolder.Read(shell, parsed.GetValue(folder)!, tested, testedList, train.Labels);
            files.Start(parsed, options.Resume);
            using var stop = new Interruption(shell);
            (options.ValidationSetFraction, options.CancellationToken) = (optimization.ValidationFraction(parsed), stop.Token);
            var context = new MLContext(options.Seed);
            var photos = context.Data.LoadAnnotatedImages(train);
            using var model = context.MulticlassClassification.Trainers.FineTuneDetector(options).Fit(photos);
            var trained = model.Trained!;
            files.Save(trained.Weights, trained.History);
            files.Save(context, model, photos);
            var evaluation = test is null ? null : shell.WithProgress("Testing", test.Images.Count, progress =>
            {
                var detected = model.Transform(context.Data.LoadAnnotatedImages(test));
                return context.MulticlassClassification.EvaluateDetections(detected, progress: progress);
            });
            var result = new Result(files.Model, train.Labels, trained.BestEpoch, evaluation?.Figures, Math.Round(clock.Elapsed.TotalSeconds, 1), trained.History);
            files.Report(result);
            DetectionReport.Write(files.Page, trained.History, evaluation);
            shell.Result(result, console =>
            {
                if (evaluation is not null)
                    console.WriteLine(evaluation.ToString());
                console.WriteLine(FormattableString.Invariant($"Model: {result.Model}, in {result.Seconds:0} s"));
            });
            return Cli.Done;
        });
        return command;
    }

    private sealed record Result(string Model, IReadOnlyList<string> Labels, int BestEpoch, IReadOnlyDictionary<string, double>? Figures, double Seconds, IReadOnlyList<EpochMetrics> History);
}
