using TransferKit.Display;
using TransferKit.Pipelines.Evaluating;
using static TransferKit.Display.Html;

namespace TransferKit.Toolkit.Reports.Html;

/// <summary>The confusion matrix of a report, whose cells link to photos.</summary>
internal sealed class ConfusionMatrix
{
    // Limits of the photos shown: for each correct cell, for each wrong cell, and in all, so that the page stays small enough to open.
    private const int MaxCorrect = 6, MaxWrong = 12, MaxPhotos = 300;

    private readonly Evaluation _evaluation;
    private readonly bool _areProbabilities;
    private readonly Dictionary<(int True, int Predicted), EvaluatedImage[]> _photos = [];

    /// <summary>Chooses the photos of each cell: wrong predictions first, then some correct ones.</summary>
    /// <param name="evaluation">The evaluation.</param>
    public ConfusionMatrix(Evaluation evaluation)
    {
        (_evaluation, _areProbabilities) = (evaluation, Statistics.AreProbabilities(evaluation));
        var indices = evaluation.Classes.Index().ToDictionary(c => c.Item, c => c.Index);
        var cells = evaluation.Images.Where(i => i.File is not null)
            .GroupBy(i => (True: indices[i.Label], Predicted: indices[i.Predicted]))
            .OrderBy(g => g.Key.True == g.Key.Predicted).ThenBy(g => g.Key.True).ThenBy(g => g.Key.Predicted);
        int left = MaxPhotos;
        foreach (var cell in cells)
        {
            int limit = cell.Key.True == cell.Key.Predicted ? MaxCorrect : MaxWrong;
            EvaluatedImage[] photos = [.. cell.Take(Math.Min(left, limit))];
            if (photos.Length == 0)
                break;
            _photos[cell.Key] = photos;
            left -= photos.Length;
        }
    }

    /// <summary>The matrix as an HTML table.</summary>
    public string Table() => ConfusionTable.ToHtml(_evaluation.Classes, _evaluation.Confusion,
        (i, j) => _photos.ContainsKey((i, j)) ? $"#cell-{i}-{j}" : null);

    /// <summary>The photos of each cell under a heading, as HTML.</summary>
    public IEnumerable<string> Cells() => _photos.Select(cell =>
    {
        var (i, j) = cell.Key;
        var classes = _evaluation.Classes;
        string title = i == j ? $"{classes[i]}, predicted correctly" : $"{classes[i]}, predicted as {classes[j]}";
        var figures = cell.Value.AsParallel().AsOrdered().Select(p => PhotoFigures.Figure(p.File!, Score(p)));
        return $"<h3 id=\"cell-{i}-{j}\">{Text(title)}: {_evaluation.Confusion[i][j]}</h3>{PhotoFigures.Row(figures)}";
    });

    private string Score(EvaluatedImage image) => image.Scores.Length == 0 ? ""
        : _areProbabilities ? Percent(image.Scores.Max()) : Number(image.Scores.Max(), "0.000");
}
