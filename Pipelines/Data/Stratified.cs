namespace TransferKit.Pipelines.Data;

/// <summary>Splits labeled items at random so that each label has the same share in both parts.</summary>
internal static class Stratified
{
    /// <summary>Chooses a fraction of the items of each label.</summary>
    /// <param name="labels">The label of each item.</param>
    /// <param name="fraction">
    /// The fraction of each label's items that is chosen, above 0 and below 1. Of a label with two or more items, at least one is chosen
    /// and at least one is not; of a label with a single item, none is chosen.
    /// </param>
    /// <param name="seed">The random seed; the same seed gives the same choice.</param>
    /// <returns>The indices of the chosen items.</returns>
    public static HashSet<int> Choose<TLabel>(IEnumerable<TLabel> labels, double fraction, int seed)
    {
        var chosen = new HashSet<int>();
        foreach (var group in labels.Index().GroupBy(l => l.Item))
        {
            int[] indices = [.. group.Select(l => l.Index)];
            new Random(seed).Shuffle(indices);
            int count = indices.Length < 2 ? 0 : Math.Clamp((int)Math.Round(indices.Length * fraction), 1, indices.Length - 1);
            chosen.UnionWith(indices.Take(count));
        }
        return chosen;
    }

    /// <summary>Splits items into the chosen fraction of each label and the remaining items; a fraction of 0 chooses none.</summary>
    /// <param name="items">The items.</param>
    /// <param name="label">The label of an item.</param>
    /// <param name="fraction">The fraction of each label's items that is chosen; see <see cref="Choose"/>.</param>
    /// <param name="seed">The random seed; the same seed gives the same choice.</param>
    public static (List<T> Remaining, List<T> Chosen) Split<T, TLabel>(List<T> items, Func<T, TLabel> label, double fraction, int seed)
    {
        HashSet<int> chosen = fraction == 0 ? [] : Choose(items.Select(label), fraction, seed);
        return ([.. items.Where((_, i) => !chosen.Contains(i))], [.. items.Where((_, i) => chosen.Contains(i))]);
    }
}
