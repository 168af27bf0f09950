namespace TransferKit;

/// <summary>Error messages that name what was probably meant.</summary>
internal static class Suggestion
{
    /// <summary>"Unknown node 'layr4'. Did you mean layer4?", with a hint at where all of them are listed.</summary>
    public static string Unknown(string what, string value, IReadOnlyCollection<string> known, string hint = "")
    {
        string nearest = known.MinBy(k => Distance(value, k)) ?? "";
        string guess = known.Count > 0 && Distance(value, nearest) <= Math.Max(2, value.Length / 2) ? $" Did you mean {nearest}?" : "";
        return $"Unknown {what} '{value}'.{guess}{(hint.Length > 0 ? " " + hint : "")}";
    }

    // Levenshtein's edit distance, one row at a time.
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }
        return row[^1];
    }
}
