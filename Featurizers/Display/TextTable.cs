using System.Text;

namespace TransferKit.Display;

/// <summary>A table as text: the first column to the left, numbers to the right.</summary>
public static class TextTable
{
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
