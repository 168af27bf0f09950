using System.CommandLine;
using Spectre.Console;
using TransferKit.Pipelines.Samples;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit sample DIR</c>: a small labeled set of drawn photographs.</summary>
internal static class SampleCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var folder = new Argument<DirectoryInfo>("DIR") { Description = "The folder to write, one sub-folder for each class." };
        var classes = OptimizationArguments.WithDefault("--classes", $"How many kinds of flowers: 2 to {SamplePhotos.Kinds.Count}.", SamplePhotos.Kinds.Count);
        var perClass = OptimizationArguments.WithDefault("--per-class", "How many photographs of each.", 40);
        var seed = OptimizationArguments.WithDefault("--seed", "Of everything random.", 1);
        var json = Shell.JsonOption();
        var command = new Command("sample", "Draw a small labeled set of photographs of flowers, to try things on.") { folder, classes, perClass, seed, json };
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(folder)!.FullName;
            int count = SamplePhotos.Draw(path, parsed.GetValue(classes), parsed.GetValue(perClass), parsed.GetValue(seed));
            new Shell(output, error, parsed.GetValue(json)).Result(new { Folder = path, Photos = count }, console => console.WriteLine($"{count} photographs: {path}"));
            return Cli.Done;
        });
        return command;
    }
}
