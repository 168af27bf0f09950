using System.CommandLine;
using TransferKit.Backbones;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit models</c>: the networks there are.</summary>
internal static class ModelsCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var json = Shell.JsonOption();
        var markdown = new Option<bool>("--markdown") { Description = "Print the table of the README." };
        var command = new Command("models", "List the networks with their size and their published weights.") { json, markdown };
        command.SetAction(parsed =>
        {
            var table = NetworkTable.OfAll();
            new Shell(output, error, parsed.GetValue(json)).Result(table, _ => output.Write(parsed.GetValue(markdown) ? table.ToMarkdown() : $"{table}"));
            return Cli.Done;
        });
        return command;
    }
}
