using static TransferKit.Display.Html;

namespace TransferKit.Display;

/// <summary>Shows a confusion matrix as an HTML table.</summary>
public static class ConfusionTable
{
    /// <summary>Writes the table: rows are true classes, columns predicted ones; a cell has its share of the row and its count.</summary>
    /// <param name="classes">The names of the classes.</param>
    /// <param name="counts">For each true class, how many of its images were predicted as each class.</param>
    /// <param name="link">The address that the cell of a true and a predicted class links to, or null for none.</param>
    public static string ToHtml(IReadOnlyList<string> classes, IReadOnlyList<int[]> counts, Func<int, int, string?>? link = null)
    {
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentNullException.ThrowIfNull(counts);
        string head = string.Concat(classes.Select(c => $"<th>{Text(c)}</th>"));
        string rows = string.Concat(classes.Select((c, i) => $"<tr><th>{Text(c)}</th>{Cells(i, counts[i], link)}</tr>"));
        return $"<div class=\"wide\"><table class=\"matrix\"><tr><th>true \\ predicted</th>{head}</tr>{rows}</table></div>";
    }

    private static string Cells(int row, int[] counts, Func<int, int, string?>? link)
    {
        int total = counts.Sum();
        return string.Concat(counts.Select((count, column) => Cell(count, total, row == column, link?.Invoke(row, column))));
    }

    private static string Cell(int count, int total, bool isCorrect, string? link)
    {
        if (count == 0)
            return "<td><span>·</span></td>";
        double share = (double)count / total;
        string content = $"{Number(100.0 * count / total, "0")} %<small>{count}</small>";
        string linked = link is null ? $"<span>{content}</span>" : $"<a href=\"{link}\">{content}</a>";
        return $"<td class=\"{(isCorrect ? "right" : "wrong")}\" style=\"--part:{Number(share)}\">{linked}</td>";
    }
}
