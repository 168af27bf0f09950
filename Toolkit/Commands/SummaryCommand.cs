using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Graphs;

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
            var graph = backbone.Build(size: parsed.GetValue(size));
            var summary = Summary.Of(graph);
            var result = new
            {
                backbone.Name,
                summary.Parameters,
                Macs = summary.MultiplyAccumulates,
                Nodes = summary.Nodes.Select(n => new { n.Name, n.Kind, Shape = n.Shape.Dimensions, n.Parameters, Macs = n.MultiplyAccumulates, ReceptiveField = new[] { n.ReceptiveField.Size.Height, n.ReceptiveField.Size.Width } }),
            };
            new Shell(output, error, parsed.GetValue(json)).Result(result, console =>
            {
                var table = new Table().AddColumns("node", "operator", "shape", "parameters", "MACs", "sees (px)", "of the image");
                foreach (var node in summary.Nodes)
                    table.AddRow(node.Name, node.Kind, $"{node.Shape}", Grouped(node.Parameters), Grouped(node.MultiplyAccumulates), $"{node.ReceptiveField.Size}", Bar(node.ReceptiveField.Size, graph.Input.Shape));
                console.Write(table);
                console.WriteLine($"{Grouped(summary.Parameters)} parameters, {Grouped(summary.MultiplyAccumulates)} multiply-accumulates");
            });
            return Cli.Done;
        });
        return command;
    }

    // How far a pixel of the node's value sees across the image, or down it where that is more.
    private static string Bar(Extent seen, Shape image)
    {
        const int width = 16;
        double part = Math.Min(1, Math.Max((double)seen.Height / image.Height, (double)seen.Width / image.Width));
        int filled = Math.Max(1, (int)(width * part));
        return new string('█', filled) + new string('░', width - filled);
    }

    private static string Grouped(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
