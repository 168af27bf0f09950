namespace TransferKit;

/// <summary>Error messages about unknown names, which suggest the name that was probably meant.</summary>
public static class Suggestion
{
    /// <summary>Returns a message such as "Unknown node 'layr4'. Did you mean layer4?".</summary>
    /// <param name="kind">What the name stands for, such as <c>node</c>.</param>
    /// <param name="value">The unknown name.</param>
    /// <param name="known">The known names.</param>
    /// <param name="hint">A sentence that says where all names are listed.</param>
    public static string Unknown(string kind, string value, IReadOnlyCollection<string> known, string hint = "")
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(known);
        string nearest = known.MinBy(k => EditDistance(value, k)) ?? "";
        bool isSimilar = known.Count > 0 && EditDistance(value, nearest) <= Math.Max(2, value.Length / 2);
        string suggestion = isSimilar ? $" Did you mean {nearest}?" : "";
        return $"Unknown {kind} '{value}'.{suggestion}{(string.IsNullOrEmpty(hint) ? "" : " " + hint)}";
    }

    // Levenshtein's edit distance, computed row by row.
    private static int EditDistance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                int insertedOrDeleted = Math.Min(row[j], row[j - 1]) + 1;
                (diagonal, row[j]) = (row[j], Math.Min(insertedOrDeleted, replaced));
            }
        }
        return row[^1];
    }
}
