namespace TransferKit.Pipelines.Data;

/// <summary>Setting part of labeled items aside.</summary>
internal static class Stratified
{
    /// <summary>Chooses by chance so that each label keeps its share; the same for the same seed.</summary>
    /// <param name="labels">The label of each item.</param>
    /// <param name="fraction">The part of each label's items that is chosen, above 0 and below 1; a label with two items or more is on both sides.</param>
    /// <param name="seed">Of the choice.</param>
    /// <returns>The places of the chosen.</returns>
    public static HashSet<int> Choose<TLabel>(IEnumerable<TLabel> labels, double fraction, int seed)
    {
        var chosen = new HashSet<int>();
        foreach (var group in labels.Index().GroupBy(l => l.Item))
        {
            int[] places = [.. group.Select(l => l.Index)];
            new Random(seed).Shuffle(places);
            chosen.UnionWith(places.Take(places.Length < 2 ? 0 : Math.Clamp((int)Math.Round(places.Length * fraction), 1, places.Length - 1)));
        }
        return chosen;
    }

    /// <summary>Sets those chosen aside; none for a fraction of 0.</summary>
    public static (List<T> Kept, List<T> SampledBoxes) Split<T, TLabel>(List<T> items, Func<T, TLabel> label, double fraction, int seed)
    {
        HashSet<int> chosen = fraction == 0 ? [] : Choose(items.Select(label), fraction, seed);
        return ([.. items.Where((_, i) => !chosen.Contains(i))], [.. items.Where((_, i) => chosen.Contains(i))]);
    }
}
