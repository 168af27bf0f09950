using System.CommandLine;
using System.Text;
using Spectre.Console;
using TransferKit.Backbones;
using TransferKit.Display;
using TransferKit.Engines;
using TransferKit.Graphs;
using TransferKit.Weights;

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
        var file = OutFile.Option("--out", "The .html or .svg file to draw the network in, instead of printing its nodes.", required: false,
            ".html", ".svg");
        var json = CommandOutput.CreateJsonOption();
        var command = new Command(
            "summary", "Show the nodes of a network with shapes, parameters, multiply-accumulates and receptive fields.")
        {
            name, size, file, json,
        };
        command.SetAction(parsed =>
        {
            var backbone = Registry.Get(parsed.GetValue(name)!);
            var graph = backbone.Build(size: parsed.GetValue(size));
            var summary = Summary.Of(graph);
            var (shell, path) = (new CommandOutput(output, error, parsed.GetValue(json)), parsed.GetValue(file)?.FullName);
            if (path is not null)
                Draw(graph, backbone.Name, path);
            shell.WriteResult(ToResult(backbone.Name, summary, path),
                console => console.WriteLine(path is null ? $"{summary}" : $"Drew {backbone.Name} in {path}."));
            return Cli.Done;
        });
        return command;
    }

    private static void Draw(Graph graph, string title, string path)
    {
        var drawing = new GraphDrawing(graph, title);
        string text = Path.GetExtension(path) == ".svg" ? drawing.ToSvg() : drawing.ToPage();
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
    }

    private static object ToResult(string name, Summary summary, string? path) => new
    {
        name,
        Out = path,
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
