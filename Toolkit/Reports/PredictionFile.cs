using System.Globalization;
using System.Text;
using TransferKit.Toolkit.Commands;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Reports;

/// <summary>Writes predictions as CSV: the file, the label, its probability or score, then the next labels with theirs.</summary>
internal static class PredictionFile
{
    /// <summary>Writes a row for each prediction; that of an unreadable image has no labels.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="predictions">The predictions.</param>
    public static void Write(string path, IReadOnlyList<PredictCommand.Prediction> predictions)
    {
        string value = predictions.Any(p => p.HasProbabilities) ? "probability" : "score";
        int count = Math.Max(1, predictions.Max(p => p.Labels?.Count ?? 0));
        var names = Enumerable.Range(2, count - 1).SelectMany(rank => new[] { $"label_{rank}", $"{value}_{rank}" });
        var rows = predictions.Select(p => Csv.Line([p.File, .. Fields(p).Concat(Enumerable.Repeat("", 2 * count)).Take(2 * count)]));
        string text = string.Concat(rows.Prepend(Csv.Line(["file", "label", value, .. names])).Select(line => $"{line}\n"));
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
    }

    private static IEnumerable<string> Fields(PredictCommand.Prediction prediction) => prediction.Labels is { Count: > 0 } labels
        ? labels.SelectMany(l => new[] { l.Label, l.Score.ToString(CultureInfo.InvariantCulture) }) : [prediction.Label ?? ""];
}
