using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML;
using Spectre.Console;
using TransferKit.Detection;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Detecting;
using TransferKit.Toolkit.Reports;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit detect train DIR</c>: fine-tunes a detector on annotated photos, and writes a run folder.</summary>
internal static class DetectTrainCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var folder = AnnotatedFolder.Argument();
        var annotations = AnnotatedFolder.FileOption("--annotations", AnnotatedFolder.AnnotationsDescription);
        var list = AnnotatedFolder.FileOption("--list", "A text file with the names of the training photos. Default: all photos.");
        var testList = AnnotatedFolder.FileOption("--test-list", "A text file with the names of the test photos. Default: no test.");
        var testAnnotations =
            AnnotatedFolder.FileOption("--test-annotations", "A JSON file in COCO's format with the boxes of the test photos.");
        var json = Shell.JsonOption();
        var run = new RunArguments();
        var arguments = new DetectionArguments();
        var command = new Command("train", "Fine-tune a detector on photos with boxes.")
        {
            folder, annotations, list, testList, testAnnotations, json,
        };
        run.AddTo(command);
        arguments.AddTo(command);
        command.SetAction(parsed =>
        {
            var shell = new Shell(output, error, parsed.GetValue(json));
            var clock = Stopwatch.StartNew();
            var options = arguments.Read(parsed, shell);
            var files = run.Read(parsed, options);
            var photos = parsed.GetValue(folder)!;
            var train = AnnotatedFolder.Read(shell, photos, parsed.GetValue(annotations), parsed.GetValue(list), labels: null);
            var (testNames, testFile) = (parsed.GetValue(testList), parsed.GetValue(testAnnotations));
            bool withTest = testNames is not null || testFile is not null;
            var test = withTest ? AnnotatedFolder.Read(shell, photos, testFile, testNames, train.Labels) : null;
            files.Start(parsed, options.Resume);
            var trained = Train(shell, options, train, files);
            var evaluation = test is null ? null : Evaluate(shell, files, test);
            var result = new Result(files.Model, train.Labels, evaluation?.Figures, Math.Round(clock.Elapsed.TotalSeconds, 1));
            files.WriteReport(trained.BestEpoch, result, trained.History);
            DetectionReport.Write(files.Page, trained.History, evaluation);
            shell.Result(result, console => Print(console, result, evaluation));
            return Cli.Done;
        });
        return command;
    }

    private static TrainedDetector Train(Shell shell, FineTuneDetectorEstimator.Options options, AnnotatedImages images, RunFolder files)
    {
        using var interruption = new Interruption(shell);
        options.CancellationToken = interruption.Token;
        var context = new MLContext(options.Seed);
        var photos = context.Data.LoadAnnotatedImages(images);
        using var model = context.MulticlassClassification.Trainers.FineTuneDetector(options).Fit(photos);
        var trained = model.Trained!;
        files.Save(trained.Weights, trained.History);
        files.Save(context, model, photos);
        return trained;
    }

    // The saved model is tested: it is what users run.
    private static CocoEvaluation Evaluate(Shell shell, RunFolder files, AnnotatedImages test)
    {
        var context = new MLContext();
        var photos = context.Data.LoadAnnotatedImages(test);
        using var model = context.Transforms.DetectObjects("ImagePath", context.Model.LoadObjectDetector(files.Model)).Fit(photos);
        return shell.WithProgress("Testing", test.Images.Count,
            progress => context.MulticlassClassification.EvaluateDetections(model.Transform(photos), progress: progress));
    }

    private static void Print(IAnsiConsole console, Result result, CocoEvaluation? evaluation)
    {
        if (evaluation is not null)
            console.WriteLine(evaluation.ToString());
        console.WriteLine(FormattableString.Invariant($"Model: {result.Model}, {result.Seconds:0} s"));
    }

    private sealed record Result(string Model, IReadOnlyList<string> Labels, IReadOnlyDictionary<string, double>? Figures, double Seconds);
}
