using System.CommandLine;
using Spectre.Console;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit dataset NAME DIR</c>: a public collection as folders.</summary>
internal static class DatasetCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var name = new Argument<string>("NAME") { Description = string.Join("; ", Datasets.Names.Select(n => $"{n.Key}: {n.Value}")) + "." }.AcceptOnlyFromAmong([.. Datasets.Names.Keys]);
        var folder = new Argument<DirectoryInfo>("DIR") { Description = "The folder to write; it must not be there yet." };
        var json = Shell.JsonOption();
        var command = new Command("dataset", "Write a public collection of labeled images as folders.") { name, folder, json };
        command.SetAction(parsed =>
        {
            var shell = new Shell(output, error, parsed.GetValue(json));
            string path = parsed.GetValue(folder)!.FullName;
            int count = new Datasets(shell).Write(parsed.GetValue(name)!, path);
            shell.Result(new { Folder = path, Images = count }, console => console.WriteLine($"{count} images: {path}"));
            return Cli.Done;
        });
        return command;
    }
}
