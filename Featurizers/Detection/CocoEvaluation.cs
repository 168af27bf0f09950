using TransferKit.Display;
using static TransferKit.Display.Html;

namespace TransferKit.Detection;

/// <summary>
/// Average precision and recall as COCO defines them (Lin et al. 2014, arXiv:1405.0312; pycocotools' COCOeval): the detections of a class
/// are matched to the objects in the order of their scores, precision is read at 101 recall thresholds and averaged over classes and IoU
/// thresholds.
/// </summary>
/// <remarks>
/// A crowd (COCO) is ignored: it is never missed, and any number of detections inside of it do not count. A difficult object (Pascal VOC)
/// is ignored as VOC's devkit does: it is never missed, and detections that reach the IoU threshold with it do not count.
/// </remarks>
/// <param name="images">The detections in each image, and the objects in it.</param>
[TypeFormatterSource(typeof(DisplayFormatters))]
public sealed class CocoEvaluation(IReadOnlyList<(IReadOnlyList<Detection> Detections, IReadOnlyList<LabeledBox> GroundTruth)> images)
    : IDisplayable
{
    private const int RecallThresholds = 101;

    /// <summary>COCO's IoU thresholds: 0.5 to 0.95 in steps of 0.05.</summary>
    public static IReadOnlyList<double> Thresholds { get; } = [.. Enumerable.Range(0, 10).Select(i => 0.5 + 0.05 * i)];

    /// <summary>The classes of the objects in the images, in ascending order.</summary>
    public IReadOnlyList<int> Labels { get; } = [.. images.SelectMany(i => i.GroundTruth).Select(o => o.Label).Distinct().Order()];

    /// <summary>The names of the classes without the background, if they are known.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>COCO's summary: AP over all IoU thresholds, at 0.5 and 0.75, AP by object size, and AR by detections per image.</summary>
    public IReadOnlyDictionary<string, double> Figures =>
        field ??= Summary().Where(figure => double.IsFinite(figure.Value)).ToDictionary();

    /// <inheritdoc/>
    public string ToHtml()
    {
        string table = Table(["", "mean"], Figures.Select(f => (string[])[Text(f.Key), Number(f.Value, "0.000")]));
        return Fragment(table, $"<div class=\"charts\">{string.Concat(Labels.Select(PrecisionRecallChart))}</div>");
    }

    /// <inheritdoc/>
    public override string ToString() =>
        TextTable.Format(["", "mean"], Figures.Select(f => (string[])[f.Key, Number(f.Value, "0.000")]));

    /// <summary>Average precision (AP) as a mean over classes and IoU thresholds, from 0 to 1; NaN if no object is of this size.</summary>
    /// <param name="thresholds">The IoU thresholds; null for all <see cref="Thresholds"/>.</param>
    /// <param name="area">The size of objects that count; null for all.</param>
    /// <param name="maxDetections">The number of detections of a class that count in an image, those with the highest scores.</param>
    public double AveragePrecision(IReadOnlyList<double>? thresholds = null, AreaRange? area = null, int maxDetections = 100) =>
        Mean(thresholds, area, maxDetections, curve => curve.Precision.Average());

    /// <summary>Average recall (AR) as a mean over classes and IoU thresholds, from 0 to 1; NaN if no object is of this size.</summary>
    /// <inheritdoc cref="AveragePrecision"/>
    public double AverageRecall(IReadOnlyList<double>? thresholds = null, AreaRange? area = null, int maxDetections = 100) =>
        Mean(thresholds, area, maxDetections, curve => curve.Recall);

    /// <summary>The precision-recall curve of a class.</summary>
    /// <param name="label">The class.</param>
    /// <param name="threshold">The IoU threshold.</param>
    /// <param name="area">The size of objects that count; null for all.</param>
    /// <param name="maxDetections">The number of detections of the class that count in an image, those with the highest scores.</param>
    /// <returns>The precision at 101 recall thresholds from 0 to 1, and the highest recall; null if there is no object.</returns>
    public (double[] Precision, double Recall)? Curve(int label, double threshold, AreaRange? area = null, int maxDetections = 100)
    {
        var matching = new DetectionMatching(label, threshold, area ?? AreaRange.All, maxDetections);
        int objects = images.Sum(i => matching.CountObjects(i.GroundTruth));
        if (objects == 0)
            return null;
        bool[] matches =
        [
            .. images.SelectMany(i => matching.Match(i.Detections, i.GroundTruth))
                .OrderByDescending(m => m.Score).Where(m => m.IsTruePositive is not null).Select(m => m.IsTruePositive == true),
        ];
        double[] precision = new double[matches.Length], recall = new double[matches.Length];
        int truePositives = 0;
        for (int i = 0; i < matches.Length; i++)
        {
            truePositives += matches[i] ? 1 : 0;
            (precision[i], recall[i]) = ((double)truePositives / (i + 1), (double)truePositives / objects);
        }
        return (AtRecallThresholds(precision, recall), recall.LastOrDefault());
    }

    private static double[] AtRecallThresholds(double[] precision, double[] recall)
    {
        // The curve is made monotonic: a precision that is reached at a higher recall counts for every lower recall as well.
        for (int i = precision.Length - 1; i > 0; i--)
            precision[i - 1] = Math.Max(precision[i - 1], precision[i]);
        double[] result = new double[RecallThresholds];
        int at = 0;
        for (int i = 0; i < RecallThresholds; i++)
        {
            while (at < recall.Length && recall[at] < i / (RecallThresholds - 1.0))
                at++;
            result[i] = at < recall.Length ? precision[at] : 0;
        }
        return result;
    }

    private Dictionary<string, double> Summary() => new()
    {
        ["AP 0.5:0.95"] = AveragePrecision(),
        ["AP 0.5"] = AveragePrecision([0.5]),
        ["AP 0.75"] = AveragePrecision([0.75]),
        ["AP small"] = AveragePrecision(area: AreaRange.Small),
        ["AP medium"] = AveragePrecision(area: AreaRange.Medium),
        ["AP large"] = AveragePrecision(area: AreaRange.Large),
        ["AR 1"] = AverageRecall(maxDetections: 1),
        ["AR 10"] = AverageRecall(maxDetections: 10),
        ["AR 100"] = AverageRecall(),
    };

    private double Mean(IReadOnlyList<double>? thresholds, AreaRange? area, int maxDetections,
        Func<(double[] Precision, double Recall), double> value)
    {
        var curves =
            from threshold in thresholds ?? Thresholds
            from label in Labels
            let curve = Curve(label, threshold, area, maxDetections)
            where curve is not null
            select value(curve.Value);
        return curves.DefaultIfEmpty(double.NaN).Average();
    }

    private string PrecisionRecallChart(int label)
    {
        string name = label <= Names.Count ? Names[label - 1] : $"{label}";
        return Chart.Lines(name, "recall", (0, 1), (0, 1), Line(0.75, LineStyle.Dashed), Line(0.5, LineStyle.Solid));

        ChartLine Line(double threshold, LineStyle style)
        {
            double[] precision = Curve(label, threshold)?.Precision ?? [];
            return new($"at {Number(threshold)}", style, [.. precision.Select((p, i) => (i / (RecallThresholds - 1.0), p))]);
        }
    }
}
