using System.Collections;
using TransferKit.Display;
using static TransferKit.Display.Html;

namespace TransferKit.Training;

/// <summary>What each epoch of a training gave, which shows itself as learning curves. It may grow while it is shown.</summary>
[TypeFormatterSource(typeof(DisplayFormatters))]
public sealed class TrainingHistory : IReadOnlyList<EpochMetrics>, IDisplayable
{
    private readonly List<EpochMetrics> _epochs;

    /// <summary>A history of these epochs, or one that is yet to begin.</summary>
    public TrainingHistory(params IEnumerable<EpochMetrics> epochs) => _epochs = [.. epochs];

    /// <inheritdoc/>
    public int Count => _epochs.Count;

    /// <inheritdoc/>
    public EpochMetrics this[int index] => _epochs[index];

    /// <summary>Adds an epoch that is done.</summary>
    public void Add(EpochMetrics epoch) => _epochs.Add(epoch);

    /// <inheritdoc/>
    public IEnumerator<EpochMetrics> GetEnumerator() => _epochs.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public string ToHtml() => Count == 0 ? Fragment("<p>No epoch is done yet.</p>") : Fragment(Curves(), $"<p>{Text($"{this[^1]}")}</p>");

    /// <inheritdoc/>
    public override string ToString() => Count == 0 ? "No epoch is done yet." : string.Join('\n', _epochs);

    /// <summary>Loss and accuracy, of training and validation.</summary>
    internal string Curves() => $"<div class=\"charts\">{Curve("loss", "validation", m => m.CrossEntropy, m => m.ValidationCrossEntropy)}{Curve("accuracy", Validation, m => m.Accuracy, m => m.ValidationAccuracy)}</div>";

    // The two lines need not be the same kind of figure.
    private string Validation => this[^1].ValidationMeasure is "right" ? "validation" : $"validation ({this[^1].ValidationMeasure})";

    private string Curve(string title, string name, Func<EpochMetrics, double> training, Func<EpochMetrics, double?> validation)
    {
        double[] all = [.. this.Select(training), .. this.Select(validation).OfType<double>()];
        return Chart.Lines(title, "epoch", (1, this[^1].Epoch), (all.Min(), all.Max()),
            new ChartLine("training", LineStyle.Solid, [.. this.Select(m => ((double)m.Epoch, training(m)))]),
            new ChartLine(name, LineStyle.Dashed, [.. this.Where(m => validation(m) is not null).Select(m => ((double)m.Epoch, validation(m)!.Value))]));
    }
}
