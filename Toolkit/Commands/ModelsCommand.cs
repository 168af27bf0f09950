using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using TransferKit.Backbones;
using TransferKit.Engines;

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
            var rows = Listed.Select(Row.Of).ToArray();
            new Shell(output, error, parsed.GetValue(json)).Result(rows, console =>
            {
                if (parsed.GetValue(markdown))
                {
                    output.Write(Markdown());
                    return;
                }
                var table = new Table().AddColumns(Columns);
                foreach (var row in rows)
                    table.AddRow(row.Cells());
                console.Write(table);
            });
            return Cli.Done;
        });
        return command;
    }

    /// <summary>The table of networks as the README has it.</summary>
    public static string Markdown() => string.Concat(
        new[] { Columns, [.. Columns.Select(_ => "---")] }.Concat(Listed.Select(b => Row.Of(b).Cells())).Select(cells => $"| {string.Join(" | ", cells)} |\n"));

    // What needs no download comes first.
    private static IEnumerable<Backbone> Listed => Registry.All.OrderByDescending(b => b.Weights.Any(w => w.IsEmbedded));

    private static readonly string[] Columns = ["name", "pixels", "parameters (M)", "MACs (G)", "features", "weights (top-1 %)", "paper"];

    private sealed record Published(string Tag, double? Acc1);

    private sealed record Row(string Name, int Pixels, long Parameters, long Macs, int FeatureWidth, Published[] Weights, string Paper)
    {
        public static Row Of(Backbone backbone)
        {
            var graph = backbone.Build();
            var summary = Summary.Of(graph);
            return new Row(backbone.Name, backbone.InputSize, summary.Parameters, summary.MultiplyAccumulates, graph.Find("features").Shape.Count,
                [.. backbone.Weights.Select(w => new Published(w.Tag, w.Acc1))], backbone.Paper);
        }

        public string[] Cells() => [Name, $"{Pixels}", Scaled(Parameters, 1e6), Scaled(Macs, 1e9), $"{FeatureWidth}", Weights is [] ? "-" : string.Join(", ", Weights.Select(Text)), Paper];

        private static string Text(Published weights) =>
            weights.Acc1 is { } acc ? string.Create(CultureInfo.InvariantCulture, $"{weights.Tag} ({acc:0.0})") : weights.Tag;

        private static string Scaled(long value, double unit) => (value / unit).ToString(value < 0.01 * unit ? "0.0000" : "0.00", CultureInfo.InvariantCulture);
    }
}
