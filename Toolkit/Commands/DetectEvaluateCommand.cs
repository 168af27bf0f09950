using System.CommandLine;
using Microsoft.ML;
using Spectre.Console;
using TransferKit.Toolkit.Reports;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit detect evaluate MODEL DIR</c>: evaluates a saved detector on annotated images.</summary>
internal static class DetectEvaluateCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var model = new Argument<FileInfo>("MODEL") { Description = "A model that `detect train` wrote." }.AcceptExistingOnly();
        var folder = AnnotatedFolder.Argument();
        var list = AnnotatedFolder.FileOption("--list", "A text file with the names of the images to evaluate on. Default: all images.");
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
            var console = new CommandOutput(output, error, parsed.GetValue(json));
            var images = AnnotatedFolder.Read(
                console, parsed.GetValue(folder)!, parsed.GetValue(annotations), parsed.GetValue(list), labels: null);
            var context = new MLContext();
            var data = context.Data.LoadAnnotatedImages(images);
            string modelPath = parsed.GetValue(model)!.FullName;
            var detector = ModelFile.LoadDetector(modelPath, () => context.Model.LoadObjectDetector(modelPath));
            using var transformer = context.Transforms.DetectObjects("ImagePath", detector).Fit(data);
            var evaluation = console.WithProgress("Evaluating", images.Images.Count, progress =>
                context.MulticlassClassification.EvaluateDetections(transformer.Transform(data), progress: progress));
            if (parsed.GetValue(report) is { } page)
                DetectionReport.Write(page.FullName, evaluation);
            console.WriteResult(evaluation.Figures, text => text.Write(new Text(evaluation.ToString())));
            return Cli.Done;
        });
        return command;
    }
}
