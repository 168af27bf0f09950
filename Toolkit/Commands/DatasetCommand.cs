using System.CommandLine;
using Spectre.Console;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit dataset NAME DIR</c>: downloads a public dataset and writes it as folders.</summary>
internal static class DatasetCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        string descriptions = string.Join("; ", Datasets.Names.Select(n => $"{n.Key}: {n.Value}"));
        var name = new Argument<string>("NAME") { Description = descriptions + "." }.AcceptOnlyFromAmong([.. Datasets.Names.Keys]);
        var folder = new Argument<DirectoryInfo>("DIR") { Description = "The folder to create." };
        var json = CommandOutput.CreateJsonOption();
        var command = new Command("dataset", "Download a public dataset of labeled images and write one folder for each class.")
        {
            name, folder, json,
        };
        command.SetAction(parsed =>
        {
            var shell = new CommandOutput(output, error, parsed.GetValue(json));
            string path = parsed.GetValue(folder)!.FullName;
            int count = new Datasets(shell).Write(parsed.GetValue(name)!, path);
            shell.WriteResult(new { Folder = path, Images = count }, console => console.WriteLine($"Wrote {count} images to {path}."));
            return Cli.Done;
        });
        return command;
    }
}
