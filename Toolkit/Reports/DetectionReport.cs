using System.Text;
using TransferKit.Display;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Reports;

/// <summary>A page about a detector, which needs nothing but itself.</summary>
internal static class DetectionReport
{
    /// <summary>Writes it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="parts">What is shown, from top to bottom; those that are null are left out.</param>
    public static void Write(string path, params IEnumerable<IDisplayable?> parts) =>
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes($"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>A detector</title></head><body>{string.Concat(parts.Select(p => p?.ToHtml()))}</body></html>
            """)));
}
