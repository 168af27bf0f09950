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
        var command = new Command("models", "List the networks with their size and their published weights.") { json };
        command.SetAction(parsed =>
        {
            var rows = Registry.All.Select(b =>
            {
                var graph = b.Build();
                var summary = Summary.Of(graph);
                return new
                {
                    b.Name,
                    summary.Parameters,
                    Macs = summary.MultiplyAccumulates,
                    FeatureWidth = graph.Find("features").Shape.Count,
                    Weights = b.Weights.Select(w => new { w.Tag, w.Acc1 }).ToArray(),
                    b.Paper,
                };
            }).ToArray();
            new Shell(output, error, parsed.GetValue(json)).Result(rows, console =>
            {
                var table = new Table().AddColumns("name", "parameters (M)", "MACs (G)", "features", "weights (top-1 %)", "paper");
                foreach (var row in rows)
                    table.AddRow(row.Name, Scaled(row.Parameters, 1e6), Scaled(row.Macs, 1e9), $"{row.FeatureWidth}",
                        string.Join(", ", row.Weights.Select(w => w.Acc1 is { } acc ? string.Create(CultureInfo.InvariantCulture, $"{w.Tag} ({acc:0.0})") : w.Tag)), row.Paper);
                console.Write(table);
            });
            return Cli.Done;
        });
        return command;
    }

    private static string Scaled(long value, double unit) => (value / unit).ToString("0.00", CultureInfo.InvariantCulture);
}
