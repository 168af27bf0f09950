using System.Text;

namespace TransferKit.Display;

/// <summary>Writes tables as text.</summary>
public static class TextTable
{
    /// <summary>Writes a table whose first column is left-aligned and whose other columns are right-aligned.</summary>
    /// <param name="head">The headings of the columns.</param>
    /// <param name="rows">The rows, each with one text for each column.</param>
    public static string Of(IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows)
    {
        IReadOnlyList<string>[] all = [head, .. rows];
        int[] widths = [.. head.Select((_, column) => all.Max(row => row[column].Length))];
        var text = new StringBuilder();
        foreach (var row in all)
        {
            text.Append(row[0].PadRight(widths[0]));
            for (int i = 1; i < widths.Length; i++)
                text.Append("  ").Append(row[i].PadLeft(widths[i]));
            text.Append('\n');
            if (row == all[0])
                text.AppendJoin("  ", widths.Select(w => new string('-', w))).Append('\n');
        }
        return text.ToString();
    }
}
