using System.CommandLine;
using Spectre.Console;
using TransferKit.Pipelines.Samples;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit sample DIR</c>: draws a small labeled set of sample images.</summary>
internal static class SampleCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var folder = new Argument<DirectoryInfo>("DIR") { Description = "Folder to write, with one subfolder for each class." };
        int kinds = SamplePhotos.Kinds.Count;
        var classes = OptimizationArguments.WithDefault("--classes", $"Number of classes (kinds of flowers), from 2 to {kinds}.", kinds);
        var perClass = OptimizationArguments.WithDefault("--per-class", "Number of images of each class.", 40);
        var seed = OptimizationArguments.WithDefault("--seed", "Random seed of the images.", 1);
        var json = CommandOutput.CreateJsonOption();
        var command = new Command("sample", "Draw a small labeled set of sample images (flowers) to try the other commands on.")
        {
            folder, classes, perClass, seed, json,
        };
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(folder)!.FullName;
            int count = SamplePhotos.Draw(path, parsed.GetValue(classes), parsed.GetValue(perClass), parsed.GetValue(seed));
            new CommandOutput(output, error, parsed.GetValue(json)).WriteResult(new { Folder = path, Images = count },
                console => console.WriteLine($"Wrote {count} images to {path}."));
            return Cli.Done;
        });
        return command;
    }
}
