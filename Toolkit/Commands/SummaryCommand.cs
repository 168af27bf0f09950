using System.CommandLine;
using Spectre.Console;
using TransferKit.Backbones;
using TransferKit.Engines;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit summary NAME</c>: the nodes of a network and what each costs.</summary>
internal static class SummaryCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var name = new Argument<string>("NAME") { Description = "The network; `transferkit models` lists them." };
        var size = new Option<int?>("--size") { Description = "Width and height of the images in pixels; the network's usual size unless given." };
        var json = Shell.JsonOption();
        var command = new Command("summary", "Show a network's nodes: shapes, parameters, multiply-accumulates, receptive fields.") { name, size, json };
        command.SetAction(parsed =>
        {
            var backbone = Registry.Get(parsed.GetValue(name)!);
            var summary = Summary.Of(backbone.Build(size: parsed.GetValue(size)));
            var result = new
            {
                backbone.Name,
                summary.Parameters,
                Macs = summary.MultiplyAccumulates,
                Nodes = summary.Nodes.Select(n => new { n.Name, n.Kind, Shape = n.Shape.Dimensions, n.Parameters, Macs = n.MultiplyAccumulates, ReceptiveField = new[] { n.ReceptiveField.Size.Height, n.ReceptiveField.Size.Width } }),
            };
            new Shell(output, error, parsed.GetValue(json)).Result(result, console => console.WriteLine($"{summary}"));
            return Cli.Done;
        });
        return command;
    }
}
