using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Serving;
using TransferKit.Toolkit.Reports;
using TransferKit.Toolkit.Reports.Html;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit evaluate MODEL DIR</c>: tests a saved model on a folder of labeled images.</summary>
internal static class EvaluateCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var model = new Argument<FileInfo>("MODEL") { Description = "A model file that `train` or `finetune` wrote." }.AcceptExistingOnly();
        var folder = Folders.Argument();
        var report = OutFile.Option("--report", "Also write a report, an .html file.", required: false, ".html");
        var json = CommandOutput.CreateJsonOption();
        var command = new Command("evaluate", "Test a saved model on a folder of labeled images.") { model, folder, report, json };
        command.SetAction(parsed =>
        {
            var shell = new CommandOutput(output, error, parsed.GetValue(json));
            var clock = Stopwatch.StartNew();
            string? reportPath = parsed.GetValue(report)?.FullName;
            if (reportPath is not null)
                AtomicFile.Check(reportPath);
            var context = new MLContext();
            string modelPath = parsed.GetValue(model)!.FullName;
            // Files on this computer are trusted: a photo may be of any size.
            using var classifier = ModelFile.LoadClassifier(
                modelPath, () => new ImageClassifier(modelPath, new() { MaxPixels = long.MaxValue, BatchSize = 8 }));
            var test = Load(shell, context, parsed.GetValue(folder)!.FullName);
            if (classifier.Labels.Count > 0)
                KnownClasses.Check(shell, test.Labels, classifier.Labels);
            var testing = Stopwatch.StartNew();
            var evaluation = shell.WithProgress("Testing", test.Count, progress =>
                context.MulticlassClassification.EvaluateImages(classifier, test.Images, new() { Progress = progress }));
            var result = new RunResult(evaluation, test.Count, testing.Elapsed, clock.Elapsed, modelPath, test.Folders);
            if (reportPath is not null)
            {
                var provenance = Provenance.Of(parsed, modelPath, evaluation);
                result.Report = HtmlReport.Write(shell, reportPath, () => new HtmlReport(result, provenance)
                {
                    CreateExplainer = () => classifier.CreateExplainer(),
                });
            }
            shell.WriteResult(result, result.Print);
            return Cli.Done;
        });
        return command;
    }

    // The test images, their number and their labels, and the folders that they come from.
    private sealed record TestData(IDataView Images, int Count, IReadOnlyList<string> Labels, params ImageFolder[] Folders);

    private static TestData Load(CommandOutput shell, MLContext context, string path)
    {
        if (context.Data.IsPixelDataset(path))
        {
            var pixels = context.Data.LoadPixelDataset(path, test: true);
            return new(pixels, pixels.Count, pixels.Labels);
        }
        var folder = Folders.Read(shell, context, path);
        return new(folder, folder.Images.Count, folder.Labels, folder);
    }
}
