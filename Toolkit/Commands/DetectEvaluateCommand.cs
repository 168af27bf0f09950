using System.CommandLine;
using Microsoft.ML;
using Spectre.Console;
using TransferKit.Toolkit.Reports;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit detect evaluate MODEL DIR</c>: evaluates a saved detector on annotated photos.</summary>
internal static class DetectEvaluateCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var model = new Argument<FileInfo>("MODEL") { Description = "A model that `detect train` wrote." }.AcceptExistingOnly();
        var folder = AnnotatedFolder.Argument();
        var list = AnnotatedFolder.FileOption("--list", "A text file with the names of the photos to evaluate on. Default: all photos.");
        var annotations = AnnotatedFolder.FileOption("--annotations", AnnotatedFolder.AnnotationsDescription);
        var report = OutFile.Option(
            "--report", "Also write metrics and precision-recall curves to this .html file.", required: false, ".html");
        var json = CommandOutput.CreateJsonOption();
        var command = new Command("evaluate", "Evaluate a saved detector: average precision as COCO defines it.")
        {
            model, folder, list, annotations, report, json,
        };
        command.SetAction(parsed =>
        {
            var shell = new CommandOutput(output, error, parsed.GetValue(json));
            var images = AnnotatedFolder.Read(
                shell, parsed.GetValue(folder)!, parsed.GetValue(annotations), parsed.GetValue(list), labels: null);
            var context = new MLContext();
            var data = context.Data.LoadAnnotatedImages(images);
            var detector = context.Model.LoadObjectDetector(parsed.GetValue(model)!.FullName);
            using var transformer = context.Transforms.DetectObjects("ImagePath", detector).Fit(data);
            var evaluation = shell.WithProgress("Evaluating", images.Images.Count, progress =>
                context.MulticlassClassification.EvaluateDetections(transformer.Transform(data), progress: progress));
            if (parsed.GetValue(report) is { } page)
                DetectionReport.Write(page.FullName, evaluation);
            shell.WriteResult(evaluation.Figures, console => console.Write(new Text(evaluation.ToString())));
            return Cli.Done;
        });
        return command;
    }
}
