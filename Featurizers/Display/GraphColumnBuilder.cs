namespace TransferKit.Display;

/// <summary>Collects the parts of a column from top to bottom.</summary>
internal sealed class GraphColumnBuilder
{
    private readonly List<GraphPart> _parts = [];
    private readonly List<bool> _links = [];
    private readonly HashSet<(int From, int To)> _lanes = [];

    /// <summary>Adds a part; <see cref="Link"/> before it lets it read the one above.</summary>
    public void Add(GraphPart part) => _parts.Add(part);

    /// <summary>Adds parts one below the other that form no branches, with lanes for the edges that pass parts by.</summary>
    /// <param name="parts">The parts in topological order.</param>
    /// <param name="edges">The edges by index; -1 for the part above, the number of parts for what follows.</param>
    public void AddTangle(IReadOnlyList<GraphPart> parts, IEnumerable<(int From, int To)> edges)
    {
        int first = _parts.Count;
        _parts.AddRange(parts);
        foreach (var (from, to) in edges)
            if (to == from + 1)
                SetLink(first + to);
            else
                _lanes.Add((first + from, first + to));
    }

    /// <summary>Lets what is added next, or what follows the column, read the last part.</summary>
    public void Link() => SetLink(_parts.Count);

    /// <summary>Returns the column.</summary>
    public GraphColumn Build()
    {
        // A lane takes the first position that is free from its beginning on.
        var ends = new List<int>();
        var lanes = new List<GraphLane>();
        foreach (var (from, to) in _lanes.Order())
        {
            int position = ends.FindIndex(end => end <= from);
            if (position < 0)
            {
                position = ends.Count;
                ends.Add(to);
            }
            ends[position] = to;
            lanes.Add(new(from, to, position));
        }
        return new(_parts, [.. Enumerable.Range(0, _parts.Count + 1).Select(i => _links.ElementAtOrDefault(i))], lanes);
    }

    private void SetLink(int index)
    {
        while (_links.Count <= index)
            _links.Add(false);
        _links[index] = true;
    }
}
