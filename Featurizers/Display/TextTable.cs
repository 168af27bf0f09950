using System.Text;

namespace TransferKit.Display;

/// <summary>Formats tables as text; each column is as wide as its longest cell.</summary>
public static class TextTable
{
    /// <summary>Returns a table with a line below its header. The first column is aligned left, the others right.</summary>
    /// <param name="header">The names of the columns.</param>
    /// <param name="rows">The cells of each row, as many as there are columns.</param>
    public static string Format(IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows)
    {
        IReadOnlyList<string>[] lines = [header, .. rows];
        int[] widths = [.. header.Select((_, column) => lines.Max(line => line[column].Length))];
        var text = new StringBuilder();
        foreach (var line in lines)
        {
            text.Append(line[0].PadRight(widths[0]));
            for (int column = 1; column < widths.Length; column++)
                text.Append("  ").Append(line[column].PadLeft(widths[column]));
            text.Append('\n');
            if (line == lines[0])
                text.AppendJoin("  ", widths.Select(width => new string('-', width))).Append('\n');
        }
        return text.ToString();
    }
}
