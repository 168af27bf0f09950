using System.CommandLine;
using TransferKit.Backbones;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit models</c>: lists the networks.</summary>
internal static class ModelsCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create(TextWriter output, TextWriter error)
    {
        var json = CommandOutput.CreateJsonOption();
        var markdown = new Option<bool>("--markdown") { Description = "Print the table as Markdown." };
        var command = new Command("models", "List the networks with their sizes and published weights.") { json, markdown };
        command.SetAction(parsed =>
        {
            var table = NetworkTable.OfAll();
            string text = parsed.GetValue(markdown) ? table.ToMarkdown() : $"{table}";
            new CommandOutput(output, error, parsed.GetValue(json)).WriteResult(new { Networks = table }, _ => output.Write(text));
            return Cli.Done;
        });
        return command;
    }
}
