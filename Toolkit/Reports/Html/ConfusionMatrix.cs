using TransferKit.Pipelines.Evaluating;
using static TransferKit.Display.Html;

namespace TransferKit.Toolkit.Reports.Html;

/// <summary>The confusion matrix, each cell with its share of the row, its count, and a link to photographs of it.</summary>
internal sealed class ConfusionMatrix
{
    // Of each cell, and of all: a page is to be opened, not printed.
    private const int MostRight = 6, MostWrong = 12, Most = 300;

    private readonly Evaluation _evaluation;
    private readonly Dictionary<(int True, int Predicted), EvaluatedImage[]> _shown = [];

    public ConfusionMatrix(Evaluation evaluation)
    {
        _evaluation = evaluation;
        var places = evaluation.Classes.Select((label, i) => (label, i)).ToDictionary(p => p.label, p => p.i);
        var cells = evaluation.Images.Where(i => i.File is not null).GroupBy(i => (True: places[i.Label], Predicted: places[i.Predicted]))
            .OrderBy(g => g.Key.True == g.Key.Predicted).ThenBy(g => g.Key.True).ThenBy(g => g.Key.Predicted);
        int left = Most;
        foreach (var cell in cells)
        {
            EvaluatedImage[] some = [.. cell.Take(Math.Min(left, cell.Key.True == cell.Key.Predicted ? MostRight : MostWrong))];
            if (some.Length == 0)
                break;
            _shown[cell.Key] = some;
            left -= some.Length;
        }
    }

    public string Table() => _evaluation.Matrix((i, j, content) =>
        _shown.ContainsKey((i, j)) ? $"<a href=\"#cell-{i}-{j}\">{content}</a>" : $"<span>{content}</span>");

    /// <summary>Photographs behind the cells: first those that are wrong; of those that are right, a few.</summary>
    public IEnumerable<string> Cells() => _shown.Select(cell =>
    {
        var (i, j) = cell.Key;
        var classes = _evaluation.Classes;
        string title = i == j ? $"{classes[i]}, and predicted so" : $"{classes[i]}, predicted {classes[j]}";
        var figures = cell.Value.AsParallel().AsOrdered().Select(p => PhotoFigures.Figure(p.File!, Number(p.Scores.Max(), "0.000")));
        return $"<h3 id=\"cell-{i}-{j}\">{Text(title)}: {_evaluation.Confusion[i][j]}</h3>{PhotoFigures.Row(figures)}";
    });
}
