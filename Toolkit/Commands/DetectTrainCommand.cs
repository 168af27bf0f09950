using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML;
using Spectre.Console;
using TransferKit.Detection;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Detecting;
using TransferKit.Toolkit.Reports;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit detect train DIR</c>: fine-tunes a detector on annotated images, and writes a run folder.</summary>
internal static class DetectTrainCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var folder = AnnotatedFolder.Argument();
        var annotations = AnnotatedFolder.FileOption("--annotations", AnnotatedFolder.AnnotationsDescription);
        var list = AnnotatedFolder.FileOption("--list", "A text file with the names of the training images. Default: all images.");
        var testList = AnnotatedFolder.FileOption("--test-list", "A text file with the names of the test images. Default: no test.");
        var testAnnotations =
            AnnotatedFolder.FileOption("--test-annotations", "A JSON file in COCO's format with the boxes of the test images.");
        var json = CommandOutput.CreateJsonOption();
        var runArguments = new RunArguments();
        var detectionArguments = new DetectionArguments();
        var command = new Command("train", "Fine-tune a detector on images with boxes.")
        {
            folder, annotations, list, testList, testAnnotations, json,
        };
        runArguments.AddTo(command);
        detectionArguments.AddTo(command);
        command.SetAction(parsed =>
        {
            var shell = new CommandOutput(output, error, parsed.GetValue(json));
            var clock = Stopwatch.StartNew();
            var options = detectionArguments.Read(parsed, shell);
            using var runFolder = runArguments.Read(parsed, options);
            var photoFolder = parsed.GetValue(folder)!;
            var train = AnnotatedFolder.Read(shell, photoFolder, parsed.GetValue(annotations), parsed.GetValue(list), labels: null);
            var (testNamesFile, testAnnotationsFile) = (parsed.GetValue(testList), parsed.GetValue(testAnnotations));
            bool withTest = testNamesFile is not null || testAnnotationsFile is not null;
            var test = withTest ? AnnotatedFolder.Read(shell, photoFolder, testAnnotationsFile, testNamesFile, train.Labels) : null;
            runFolder.Start(shell, parsed, options);
            var trained = Train(shell, options, train, runFolder);
            var evaluation = test is null ? null : Evaluate(shell, runFolder, test);
            var result = new Result(runFolder.Model, train.Labels, evaluation?.Figures, Math.Round(clock.Elapsed.TotalSeconds, 1));
            runFolder.WriteReport(trained.BestEpoch, result, trained.History);
            DetectionReport.Write(runFolder.Page, trained.History, evaluation);
            shell.WriteResult(result, console => Print(console, result, evaluation));
            return Cli.Done;
        });
        return command;
    }

    private static TrainedDetector Train(CommandOutput shell, FineTuneDetectorEstimator.Options options, AnnotatedImages images,
        RunFolder runFolder)
    {
        using var interruption = new Interruption(shell);
        options.CancellationToken = interruption.Token;
        var context = new MLContext(options.Seed);
        var data = context.Data.LoadAnnotatedImages(images);
        using var model = runFolder.Train(() => context.MulticlassClassification.Trainers.FineTuneDetector(options).Fit(data));
        var trained = model.Trained!;
        runFolder.Save(trained.Weights, trained.History);
        runFolder.Save(context, model, data);
        shell.Log(TrainingOutcome.Describe(trained.History, trained.BestEpoch, options, interruption.Token.IsCancellationRequested));
        return trained;
    }

    // Tests the saved model, not the one in memory, because users run the saved one.
    private static CocoEvaluation Evaluate(CommandOutput shell, RunFolder runFolder, AnnotatedImages test)
    {
        var context = new MLContext();
        var data = context.Data.LoadAnnotatedImages(test);
        using var model = context.Transforms.DetectObjects("ImagePath", context.Model.LoadObjectDetector(runFolder.Model)).Fit(data);
        return shell.WithProgress("Testing", test.Images.Count,
            progress => context.MulticlassClassification.EvaluateDetections(model.Transform(data), progress: progress));
    }

    private static void Print(IAnsiConsole console, Result result, CocoEvaluation? evaluation)
    {
        if (evaluation is not null)
            console.WriteLine(evaluation.ToString());
        console.WriteLine(FormattableString.Invariant($"Model: {result.Model}, {result.Seconds:0} s"));
    }

    private sealed record Result(string Model, IReadOnlyList<string> Labels, IReadOnlyDictionary<string, double>? Metrics, double Seconds);
}
