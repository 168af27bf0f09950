using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Evaluating;
using TransferKit.Toolkit.Reports;
using TransferKit.Toolkit.Reports.Html;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit evaluate MODEL DIR</c>: a saved model on a folder of labeled photos.</summary>
internal static class EvaluateCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var model = new Argument<FileInfo>("MODEL") { Description = "A model that `train` wrote." }.AcceptExistingOnly();
        var folder = Folders.Argument();
        var report = OutFile.Option("--report", "Also write a report, an .html file.", required: false, ".html");
        var json = Shell.JsonOption();
        var command = new Command("evaluate", "Test a saved model on a folder of labeled photos.") { model, folder, report, json };
        command.SetAction(parsed =>
        {
            var shell = new Shell(output, error, parsed.GetValue(json));
            var clock = Stopwatch.StartNew();
            if (parsed.GetValue(report) is { } page)
                AtomicFile.Check(page.FullName);
            var context = new MLContext();
            using var classifier = new SavedClassifier(context, parsed.GetValue(model)!);
            var (test, count, folders) = Photos(shell, context, parsed.GetValue(folder)!.FullName, classifier.Labels);
            var running = Stopwatch.StartNew();
            var evaluation = shell.WithProgress("Testing", count, progress => Evaluation.Of(context, classifier.Model, test, progress));
            var result = new RunResult(evaluation, count, running.Elapsed, clock.Elapsed, parsed.GetValue(model)!.FullName, folders);
            if (parsed.GetValue(report) is { } asked)
                result.Report = HtmlReport.Write(shell, asked.FullName, () => new HtmlReport(result, Provenance.Of(parsed, result.Model, evaluation)) { Model = classifier.Model });
            shell.Result(result, result.Print);
            return Cli.Done;
        });
        return command;
    }

    private static (IDataView Test, int Count, ImageFolder[] Folders) Photos(Shell shell, MLContext context, string folder, IReadOnlyList<string> labels)
    {
        if (context.Data.IsPixelDataset(folder))
        {
            var pixels = context.Data.LoadPixelDataset(folder, test: true);
            return (pixels, pixels.Count, []);
        }
        var images = Folders.Read(shell, context, folder);
        Folders.WarnOfUnknownLabels(shell, images, labels);
        return (context.Data.LoadFromEnumerable(images.Images.Select(i => new SavedClassifier.Photo { ImagePath = i.ImagePath, Label = i.Label })), images.Images.Count, [images]);
    }
}
