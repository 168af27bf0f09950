using System.Text;
using TransferKit.Display;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Reports;

/// <summary>Writes the report of a detector, a self-contained HTML page.</summary>
internal static class DetectionReport
{
    /// <summary>Writes the page.</summary>
    /// <param name="path">The file.</param>
    /// <param name="parts">The parts of the page from top to bottom, such as the history and the evaluation; null ones are skipped.</param>
    public static void Write(string path, params IEnumerable<IDisplayable?> parts)
    {
        string page = $"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Detector</title></head><body>{string.Concat(parts.Select(p => p?.ToHtml()))}</body></html>
            """;
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(page)));
    }
}
