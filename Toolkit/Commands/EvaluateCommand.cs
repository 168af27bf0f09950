using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML;
using TransferKit.Toolkit.Reports;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit evaluate MODEL DIR</c>: a saved model on a folder of labelled photos.</summary>
internal static class EvaluateCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var model = new Argument<FileInfo>("MODEL") { Description = "A model that `train` wrote." }.AcceptExistingOnly();
        var folder = Folders.Argument();
        var json = Shell.JsonOption();
        var command = new Command("evaluate", "Test a saved model on a folder of labelled photos.") { model, folder, json };
        command.SetAction(parsed =>
        {
            var shell = new Shell(output, error, parsed.GetValue(json));
            var clock = Stopwatch.StartNew();
            var context = new MLContext();
            using var classifier = new SavedClassifier(context, parsed.GetValue(model)!);
            var images = Folders.Read(shell, context, parsed.GetValue(folder)!.FullName);
            Folders.Unknown(shell, images, classifier.Labels);
            var running = Stopwatch.StartNew();
            var evaluation = shell.Track("Testing", images.Images.Count, progress =>
                Evaluation.Of(context, classifier.Model, images, classifier.Labels, progress));
            var result = new RunResult(evaluation, images.Images.Count, running.Elapsed, clock.Elapsed, parsed.GetValue(model)!.FullName, images);
            shell.Result(result, result.Print);
            return Cli.Done;
        });
        return command;
    }
}
