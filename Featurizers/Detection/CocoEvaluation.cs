using TransferKit.Display;
using static TransferKit.Display.Html;

namespace TransferKit.Detection;

/// <summary>
/// Average precision as COCO defines it (Lin et al. 2014, arXiv:1405.0312; pycocotools' cocoeval): detections of a class, the likeliest
/// first, each find at most one thing; precision is read at 101 steps of recall, and averaged over classes and thresholds.
/// </summary>
/// <param name="images">What was found in each image, and what is in it.</param>
[TypeFormatterSource(typeof(DisplayFormatters))]
public sealed class CocoEvaluation(IReadOnlyList<(IReadOnlyList<Detection> Found, IReadOnlyList<LabeledBox> GroundTruth)> images) : IDisplayable
{
    private const int Steps = 101;
    private Dictionary<string, double>? _figures;

    /// <summary>The intersections over union from 0.5 to 0.95.</summary>
    public static IReadOnlyList<double> Thresholds { get; } = [.. Enumerable.Range(0, 10).Select(i => 0.5 + 0.05 * i)];

    /// <summary>Classes that are in the images, in order.</summary>
    public IReadOnlyList<int> Labels { get; } = [.. images.SelectMany(i => i.GroundTruth).Select(t => t.Label).Distinct().Order()];

    /// <summary>The names of classes from 1 on, where they are known.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>COCO's figures: average precision over all thresholds and at two, by area where things have it, and the recall that is reached.</summary>
    public IReadOnlyDictionary<string, double> Figures => _figures ??= All().Where(f => double.IsFinite(f.Value)).ToDictionary();

    /// <inheritdoc/>
    public string ToHtml() => Fragment(Table(["", "mean"], Figures.Select(f => (string[])[Text(f.Key), Number(f.Value, "0.000")])), $"<div class=\"charts\">{string.Concat(Labels.Select(Drawn))}</div>");

    /// <inheritdoc/>
    public override string ToString() => TextTable.Of(["", "mean"], Figures.Select(f => (string[])[f.Key, Number(f.Value, "0.000")]));

    /// <summary>The mean over classes that have things of this area; NaN where none has.</summary>
    /// <param name="thresholds">From which intersections over union on something counts as found; null for all <see cref="Thresholds"/>.</param>
    /// <param name="area">Which things count.</param>
    /// <param name="most">How many detections of a class count in an image.</param>
    public double AveragePrecision(IReadOnlyList<double>? thresholds = null, AreaRange? area = null, int most = 100) =>
        Mean(thresholds, area, most, curve => curve.Precision.Average());

    /// <summary>The part of all things that is found, as a mean over classes and thresholds.</summary>
    /// <inheritdoc cref="AveragePrecision"/>
    public double AverageRecall(IReadOnlyList<double>? thresholds = null, AreaRange? area = null, int most = 100) =>
        Mean(thresholds, area, most, curve => curve.Recall);

    /// <summary>The precision of a class at each of 101 steps of recall from 0 to 1, and the recall that is reached; null without things of this area.</summary>
    public (double[] Precision, double Recall)? Curve(int label, double threshold, AreaRange? area = null, int most = 100)
    {
        var range = area ?? AreaRange.All;
        var decided = images.SelectMany(i => Decide(i.Found, i.GroundTruth, label, threshold, range, most)).OrderByDescending(d => d.Score).Where(d => d.Right is not null).ToArray();
        int things = images.Sum(i => i.GroundTruth.Count(t => t.Label == label && !Ignored(t, range)));
        if (things == 0)
            return null;
        double[] precision = new double[decided.Length], recall = new double[decided.Length];
        int right = 0;
        for (int i = 0; i < decided.Length; i++)
        {
            right += decided[i].Right == true ? 1 : 0;
            (precision[i], recall[i]) = ((double)right / (i + 1), (double)right / things);
        }
        // What a later point reaches, an earlier one does as well.
        for (int i = precision.Length - 1; i > 0; i--)
            precision[i - 1] = Math.Max(precision[i - 1], precision[i]);
        double[] read = new double[Steps];
        int at = 0;
        for (int step = 0; step < Steps; step++)
        {
            while (at < recall.Length && recall[at] < step / (Steps - 1.0))
                at++;
            read[step] = at < recall.Length ? precision[at] : 0;
        }
        return (read, recall.LastOrDefault());
    }

    private Dictionary<string, double> All() => new()
    {
        ["AP 0.5:0.95"] = AveragePrecision(),
        ["AP 0.5"] = AveragePrecision([0.5]),
        ["AP 0.75"] = AveragePrecision([0.75]),
        ["AP small"] = AveragePrecision(area: AreaRange.Small),
        ["AP medium"] = AveragePrecision(area: AreaRange.Medium),
        ["AP large"] = AveragePrecision(area: AreaRange.Large),
        ["AR 1"] = AverageRecall(most: 1),
        ["AR 10"] = AverageRecall(most: 10),
        ["AR 100"] = AverageRecall(),
    };

    private double Mean(IReadOnlyList<double>? thresholds, AreaRange? area, int most, Func<(double[] Precision, double Recall), double> value) =>
        (from threshold in thresholds ?? Thresholds from label in Labels let curve = Curve(label, threshold, area, most) where curve is not null select value(curve.Value))
        .DefaultIfEmpty(double.NaN).Average();

    private string Drawn(int label)
    {
        ChartLine Line(double threshold, LineStyle style) => new($"at {Number(threshold)}", style, [.. (Curve(label, threshold)?.Precision ?? []).Select((p, i) => (i / (Steps - 1.0), p))]);
        return Chart.Lines(label <= Names.Count ? Names[label - 1] : $"{label}", "recall", (0, 1), (0, 1), Line(0.75, LineStyle.Dashed), Line(0.5, LineStyle.Solid));
    }

    // For each detection whether it is right; null where that does not count.
    private static IEnumerable<(float Score, bool? Right)> Decide(IReadOnlyList<Detection> all, IReadOnlyList<LabeledBox> groundTruth, int label, double threshold, AreaRange area, int most)
    {
        // Those that do not count are only taken where nothing else is there.
        LabeledBox[] things = [.. groundTruth.Where(t => t.Label == label).OrderBy(t => Ignored(t, area))];
        bool[] taken = new bool[things.Length];
        foreach (var found in all.Where(f => f.Label == label).OrderByDescending(f => f.Score).Take(most))
        {
            int best = -1;
            double least = Math.Min(threshold, 1 - 1e-10);
            for (int t = 0; t < things.Length; t++)
            {
                if (taken[t] && !things[t].Crowd)
                    continue;
                if (best >= 0 && !Ignored(things[best], area) && Ignored(things[t], area))
                    break;
                double overlap = Overlap(found.Box, things[t]);
                if (overlap >= least)
                    (best, least) = (t, overlap);
            }
            if (best >= 0)
                taken[best] = true;
            bool counts = best >= 0 ? !Ignored(things[best], area) : area.Holds(found.Box.Area);
            yield return (found.Score, counts ? best >= 0 : null);
        }
    }

    // Of a crowd, whatever lies in it is as good as the whole.
    private static double Overlap(Box box, LabeledBox thing)
    {
        if (!thing.Crowd)
            return box.IntersectionOverUnion(thing.Box);
        var shared = box.Within(thing.Box);
        return shared.Area / box.Area;
    }

    private static bool Ignored(LabeledBox thing, AreaRange area) => thing.Crowd || !area.Holds(thing.Area ?? thing.Box.Area);
}
