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
        var folder = MarkedFolder.Argument();
        var annotations = MarkedFolder.AnnotationsOption();
        var list = MarkedFolder.ListOption("--list", "A text file with the names of the photos to learn from; all unless given.");
        var testList = MarkedFolder.ListOption("--test-list", "The same of those to test on; without it, nothing is tested.");
        var detector = new Option<string?>("--detector") { Description = "One of torchvision's detectors; a new one over the backbone unless given." };
        var backbone = new Option<string>("--backbone") { Description = "The network below a new detector; `transferkit models` lists them.", DefaultValueFactory = _ => usual.Backbone };
        var weights = new Option<string?>("--weights") { Description = "The detector's or the backbone's: a tag, a file, or none; the published unless given." };
        var minSize = new Option<int?>("--min-size") { Description = "What a photo's shorter side is resized to, in pixels; the detector's own unless given." };
        var maxSize = new Option<int?>("--max-size") { Description = "What its longer side may have, in pixels; likewise." };
        var jitter = OptimizationArguments.Number("--scale-jitter", "How much larger or smaller photos are shown, as a part of themselves.", usual.ScaleJitter);
        var frozen = OptimizationArguments.Number("--frozen-stages", "How many stages of the backbone stay as they are.", usual.FrozenStages);
        var run = new Option<DirectoryInfo>("--out") { Description = "The run folder to write.", DefaultValueFactory = _ => new DirectoryInfo("run") };
        var resume = new Option<bool>("--resume") { Description = "Go on with the training in the run folder, if it was interrupted." };
        var json = Shell.JsonOption();
        var optimization = new OptimizationArguments(usual);
        var command = new Command("train", "Fine-tune a detector on photos with boxes.") { folder, annotations, list, testList, detector, backbone, weights, minSize, maxSize, jitter, frozen, run, resume, json };
        optimization.AddTo(command);
        command.SetAction(parsed =>
        {
            var shell = new Shell(output, error, parsed.GetValue(json));
            var clock = Stopwatch.StartNew();
            var files = new RunFolder(parsed.GetValue(run)!.FullName);
            var options = new DetectionOptions
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
            var train = MarkedFolder.Read(shell, parsed.GetValue(folder)!, parsed.GetValue(annotations), parsed.GetValue(list), labels: null);
            var test = parsed.GetValue(testList) is { } tested ? MarkedFolder.Read(shell, parsed.GetValue(folder)!, annotations: null, tested, train.Labels) : null;
            files.Start(parsed, options.Resume);
            using var stop = new Interruption(shell);
            var (learn, held) = Split(train.Examples, optimization.ValidationFraction(parsed), options.Seed);
            var trained = DetectorTrainer.Train(options, learn, held, train.Classes, stop.Token);
            using var trainedWeights = trained.Weights;
            files.Save(trained.Weights, trained.History);
            Save(files, trained, train.Labels);
            var evaluation = test is null ? null : shell.Track("Testing", test.Images.Count, progress =>
            {
                using var detector = new SavedDetector(new FileInfo(files.Model));
                return detector.Evaluate(test, progress);
            });
            var result = new Result(files.Model, train.Labels, trained.BestEpoch, evaluation?.Figures, Math.Round(clock.Elapsed.TotalSeconds, 1), trained.History);
            files.Report(result);
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

    // The square that shows photos of usual proportions as large as training did.
    private static void Save(RunFolder files, TrainedDetector trained, IReadOnlyList<string> labels)
    {
        var (min, max) = (trained.Detector.Transform.MinSize, trained.Detector.Transform.MaxSize);
        var context = new MLContext();
        var options = new ObjectDetectingEstimator.Options { Detector = trained.Detector, Weights = trained.Weights, Labels = labels, Side = (Math.Min(max, min * 4 / 3) + 31) / 32 * 32 };
        var photos = context.Data.LoadFromEnumerable(Array.Empty<SavedDetector.Photo>());
        using var model = context.Transforms.DetectObjects(options).Fit(photos);
        files.Save(context, model, photos);
    }

    private static (IReadOnlyList<DetectionExample> Train, IReadOnlyList<DetectionExample> Validation) Split(IReadOnlyList<DetectionExample> all, double fraction, int seed)
    {
        int[] order = [.. Enumerable.Range(0, all.Count)];
        new Random(seed).Shuffle(order);
        int held = (int)(fraction * all.Count);
        return ([.. order[held..].Order().Select(i => all[i])], [.. order[..held].Order().Select(i => all[i])]);
    }

    private sealed record Result(string Model, IReadOnlyList<string> Labels, int BestEpoch, IReadOnlyDictionary<string, double>? Figures, double Seconds, IReadOnlyList<EpochMetrics> History);
}
