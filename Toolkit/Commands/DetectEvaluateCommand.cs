using System.CommandLine;
using TransferKit.Toolkit.Reports;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit detect evaluate MODEL DIR</c>: a saved detector on photos with boxes.</summary>
internal static class DetectEvaluateCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var model = new Argument<FileInfo>("MODEL") { Description = "A model that `detect train` wrote." }.AcceptExistingOnly();
        var folder = AnnotatedFolder.Argument();
        var list = AnnotatedFolder.FileOption("--list", "A text file with the names of the photos to test on; all unless given.");
        var annotations = AnnotatedFolder.FileOption("--annotations", AnnotatedFolder.Annotations);
        var report = OutFile.Option("--report", "Also write figures and precision-recall curves, an .html file.", required: false, ".html");
        var json = Shell.JsonOption();
        var command = new Command("evaluate", "Test a saved detector: average precision as COCO defines it.") { model, folder, list, annotations, report, json };
        command.SetAction(parsed =>
        {
            var shell = new Shell(output, error, parsed.GetValue(json));
            var images = AnnotatedFolder.Read(shell, parsed.GetValue(folder)!, parsed.GetValue(annotations), parsed.GetValue(list), labels: null);
            using var detector = new SavedDetector(parsed.GetValue(model)!);
            var evaluation = shell.WithProgress("Testing", images.Images.Count, progress => detector.Evaluate(images, progress));
            if (parsed.GetValue(report) is { } page)
                DetectionReport.Write(page.FullName, evaluation);
            shell.Result(evaluation.Figures, console => console.Write(new Spectre.Console.Text(evaluation.ToString())));
            return Cli.Done;
        });
        return command;
    }
}
