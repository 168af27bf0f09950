using System.CommandLine;
using System.Diagnostics;
using Spectre.Console;
using TransferKit.Detection;
using TransferKit.Pipelines.Data;
using TransferKit.Toolkit.Reports;
using TransferKit.Training;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit detect train DIR</c>: fine-tunes a detector on photos with boxes, and leaves a run folder.</summary>
internal static class DetectTrainCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var usual = new DetectionOptions();
        var folder = new Argument<DirectoryInfo>("DIR") { Description = "A folder of photos with Pascal VOC annotations." }.AcceptExistingOnly();
        var list = new Option<FileInfo>("--list") { Description = "A text file with the names of the photos to learn from; all unless given." }.AcceptExistingOnly();
        var testList = new Option<FileInfo>("--test-list") { Description = "The same of those to test on; without it, nothing is tested." }.AcceptExistingOnly();
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
        var command = new Command("train", "Fine-tune a detector on photos with boxes.") { folder, list, testList, detector, backbone, weights, minSize, maxSize, jitter, frozen, run, resume, json };
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
            var train = PascalVocReader.Read(parsed.GetValue(folder)!.FullName, parsed.GetValue(list)?.FullName);
            var test = parsed.GetValue(testList) is { } tested ? PascalVocReader.Read(parsed.GetValue(folder)!.FullName, tested.FullName, train.Labels) : null;
            files.Start(parsed, options.Resume);
            using var stop = new Interruption(shell);
            var (learn, held) = Split(train.Examples, optimization.ValidationFraction(parsed), options.Seed);
            var trained = DetectorTrainer.Train(options, learn, held, train.Classes, stop.Token);
            using var trainedWeights = trained.Weights;
            files.Save(trained.Weights, trained.History);
            double? ap50 = null, ap = null;
            if (test is not null)
            {
                using var found = new ObjectDetector(trained.Detector, trained.Weights);
                var evaluation = new CocoEvaluation(shell.Track("Testing", test.Images.Count, progress => test.Examples.Select((e, i) =>
                {
                    progress.Report(i + 1);
                    return (found.Detect(e.Image.Decode()), e.Truths);
                }).ToArray()));
                (ap50, ap) = (evaluation.AveragePrecision([0.5]), evaluation.AveragePrecision());
            }
            var result = new Result(files.Weights, train.Labels, trained.BestEpoch, ap50, ap, Math.Round(clock.Elapsed.TotalSeconds, 1), trained.History);
            files.Report(result);
            shell.Result(result, console =>
            {
                if (ap50 is not null)
                    console.WriteLine(FormattableString.Invariant($"mAP at 0.5: {ap50:0.000}, at 0.5 to 0.95: {ap:0.000}"));
                console.WriteLine(FormattableString.Invariant($"Weights: {result.Weights}, in {result.Seconds:0} s"));
            });
            return Cli.Done;
        });
        return command;
    }

    private static (IReadOnlyList<DetectionExample> Train, IReadOnlyList<DetectionExample> Validation) Split(IReadOnlyList<DetectionExample> all, double fraction, int seed)
    {
        int[] order = [.. Enumerable.Range(0, all.Count)];
        new Random(seed).Shuffle(order);
        int held = (int)(fraction * all.Count);
        return ([.. order[held..].Order().Select(i => all[i])], [.. order[..held].Order().Select(i => all[i])]);
    }

    private sealed record Result(string Weights, IReadOnlyList<string> Labels, int BestEpoch, double? AveragePrecision50, double? AveragePrecision, double Seconds, IReadOnlyList<EpochMetrics> History);
}
