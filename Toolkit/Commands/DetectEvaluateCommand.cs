using System.CommandLine;
using TransferKit.Detection;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit detect evaluate MODEL DIR</c>: a saved detector on photos with boxes.</summary>
internal static class DetectEvaluateCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var model = new Argument<FileInfo>("MODEL") { Description = "A model that `detect train` wrote." }.AcceptExistingOnly();
        var folder = MarkedFolder.Argument();
        var list = MarkedFolder.ListOption("--list", "A text file with the names of the photos to test on; all unless given.");
        var annotations = MarkedFolder.AnnotationsOption();
        var report = OutFile.Option("--report", "Also write figures and precision-recall curves, an .html file.", required: false, ".html");
        var json = Shell.JsonOption();
        var command = new Command("evaluate", "Test a saved detector: average precision as COCO defines it.") { model, folder, list, annotations, report, json };
        command.SetAction(parsed =>
        {
            var shell = new Shell(output, error, parsed.GetValue(json));
            var images = MarkedFolder.Read(shell, parsed.GetValue(folder)!, parsed.GetValue(annotations), parsed.GetValue(list), labels: null);
            using var detector = new SavedDetector(parsed.GetValue(model)!);
            var evaluation = shell.Track("Testing", images.Images.Count, progress => detector.Evaluate(images, progress));
            if (parsed.GetValue(report) is { } page)
                AtomicFile.Write(page.FullName, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(Page(evaluation))));
            shell.Result(evaluation.Figures, console => console.Write(new Spectre.Console.Text(evaluation.ToString())));
            return Cli.Done;
        });
        return command;
    }

    private static string Page(CocoEvaluation evaluation) => $"""
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>A detector</title></head><body>{evaluation.ToHtml()}</body></html>
        """;
}
