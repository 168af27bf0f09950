using System.CommandLine;
using Spectre.Console;
using TransferKit.Backbones;
using TransferKit.Engines;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit summary NAME</c>: shows the nodes of a network with their sizes and costs.</summary>
internal static class SummaryCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create(TextWriter output, TextWriter error)
    {
        var name = new Argument<string>("NAME") { Description = "Network; `transferkit models` lists them." };
        var size = new Option<int?>("--size")
        {
            Description = "Height and width of the images in pixels. Default: the network's input size.",
        };
        var json = CommandOutput.CreateJsonOption();
        var command = new Command(
            "summary", "Show the nodes of a network with shapes, parameters, multiply-accumulates and receptive fields.")
        {
            name, size, json,
        };
        command.SetAction(parsed =>
        {
            var backbone = Registry.Get(parsed.GetValue(name)!);
            var summary = Summary.Of(backbone.Build(size: parsed.GetValue(size)));
            new CommandOutput(output, error, parsed.GetValue(json)).WriteResult(
                ToResult(backbone.Name, summary), console => console.WriteLine($"{summary}"));
            return Cli.Done;
        });
        return command;
    }

    private static object ToResult(string name, Summary summary) => new
    {
        name,
        summary.Parameters,
        Macs = summary.MultiplyAccumulates,
        Nodes = summary.Nodes.Select(node => new
        {
            node.Name,
            node.Kind,
            Shape = node.Shape.Dimensions,
            node.Parameters,
            Macs = node.MultiplyAccumulates,
            ReceptiveField = new[] { node.ReceptiveField.Size.Height, node.ReceptiveField.Size.Width },
        }),
    };
}
