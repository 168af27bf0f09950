using System.Collections;
using TransferKit.Display;
using static TransferKit.Display.Html;

namespace TransferKit.Training;

/// <summary>The metrics of each epoch of a training, displayed as learning curves. It may grow while it is displayed.</summary>
[TypeFormatterSource(typeof(DisplayFormatters))]
public sealed class TrainingHistory : IReadOnlyList<EpochMetrics>, IDisplayable
{
    private const string NoEpoch = "No epoch is done yet.";

    private readonly List<EpochMetrics> _epochs;

    /// <summary>Creates a history.</summary>
    /// <param name="epochs">The epochs so far; may be none.</param>
    public TrainingHistory(params IEnumerable<EpochMetrics> epochs) => _epochs = [.. epochs];

    /// <inheritdoc/>
    public int Count => _epochs.Count;

    /// <inheritdoc/>
    public EpochMetrics this[int index] => _epochs[index];

    /// <summary>Adds an epoch.</summary>
    /// <param name="epoch">The metrics of the epoch.</param>
    public void Add(EpochMetrics epoch) => _epochs.Add(epoch);

    /// <inheritdoc/>
    public IEnumerator<EpochMetrics> GetEnumerator() => _epochs.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The names of all metrics of its epochs, without the loss.</summary>
    public IReadOnlyList<string> MetricNames =>
        [.. _epochs.SelectMany(m => m.TrainingMetrics.Keys).Concat(_epochs.SelectMany(m => m.ValidationMetrics.Keys)).Distinct()];

    /// <inheritdoc/>
    public string ToHtml() => Count == 0 ? Fragment($"<p>{NoEpoch}</p>") : Fragment(CurvesHtml(), $"<p>{Text($"{this[^1]}")}</p>");

    /// <inheritdoc/>
    public override string ToString() => Count == 0 ? NoEpoch : string.Join('\n', _epochs);

    /// <summary>
    /// Returns the learning curves as HTML without styles: a chart of the loss, and one of each metric under its own name.
    /// </summary>
    public string CurvesHtml()
    {
        string loss = Curve("loss", m => m.Loss, m => m.ValidationLoss);
        var metrics = MetricNames.Select(name =>
            Curve(name, m => ValueOf(m.TrainingMetrics, name), m => ValueOf(m.ValidationMetrics, name)));
        return $"<div class=\"charts\">{loss}{string.Concat(metrics)}</div>";
    }

    private string Curve(string title, Func<EpochMetrics, double?> training, Func<EpochMetrics, double?> validation)
    {
        (double X, double Y)[] trainingPoints = [.. Points(training)], validationPoints = [.. Points(validation)];
        double[] values = [.. trainingPoints.Concat(validationPoints).Select(p => p.Y)];
        return Chart.Lines(title, "epoch", (1, this[^1].Epoch), (values.Min(), values.Max()),
            new ChartLine("training", LineStyle.Solid, trainingPoints), new ChartLine("validation", LineStyle.Dashed, validationPoints));
    }

    private IEnumerable<(double X, double Y)> Points(Func<EpochMetrics, double?> value) =>
        _epochs.Where(m => value(m) is not null).Select(m => ((double)m.Epoch, value(m)!.Value));

    private static double? ValueOf(IReadOnlyDictionary<string, double> metrics, string name) =>
        metrics.TryGetValue(name, out double value) ? value : null;
}
