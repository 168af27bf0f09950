namespace TransferKit.Display;

/// <summary>
/// Arranges boxes that read each other as a column. What is between two boxes through which every path goes is drawn as branches side by
/// side, each arranged in the same way; what cannot be split into branches is drawn one below the other, with lanes.
/// </summary>
internal sealed class GraphArrangement
{
    /// <summary>The ends of edges from what comes into the column, and to what reads its output.</summary>
    public const int In = -1, Out = int.MaxValue;

    // No drawing of branches within branches is readable at this depth.
    private const int DeepestNesting = 16;

    private readonly IReadOnlyList<GraphBox> _boxes;

    private GraphArrangement(IReadOnlyList<GraphBox> boxes) => _boxes = boxes;

    /// <summary>Arranges boxes.</summary>
    /// <param name="boxes">The boxes in topological order.</param>
    /// <param name="edges">Which box is read by which, by index; <see cref="In"/> and <see cref="Out"/> for the world outside.</param>
    public static GraphColumn Arrange(IReadOnlyList<GraphBox> boxes, IEnumerable<(int From, int To)> edges) =>
        new GraphArrangement(boxes).Column([.. Enumerable.Range(0, boxes.Count)], [.. edges.Distinct()], depth: 0);

    private GraphColumn Column(int[] items, List<(int From, int To)> edges, int depth)
    {
        Complete(items, edges);
        var column = new GraphColumnBuilder();
        int[] dead = Dead(items, edges);
        var deadEnds = Components(dead, edges);
        HashSet<int>[] entries = [.. deadEnds.Select(part => Entries(part, edges))];
        if (depth == DeepestNesting || entries.Any(entry => entry.Count > 1))
        {
            AddTangle(column, items, edges);
            return column.Build();
        }
        var deadItems = dead.ToHashSet();
        int[] live = [.. items.Where(item => !deadItems.Contains(item))];
        // Segments are what is between one cut point and the next; an edge belongs to the segment in which it starts.
        var segmentOf = new Dictionary<int, int> { [In] = 0 };
        var cuts = new List<int> { In };
        int farthest = edges.Where(e => e.From == In && !deadItems.Contains(e.To)).Max(e => e.To);
        var readers = edges.ToLookup(e => e.From, e => e.To);
        foreach (int item in live)
        {
            if (farthest <= item)
                cuts.Add(item);
            segmentOf[item] = cuts.Count - 1;
            farthest = Math.Max(farthest, readers[item].Where(reader => !deadItems.Contains(reader)).Max());
        }
        for (int i = 0; i < deadEnds.Count; i++)
            foreach (int item in deadEnds[i])
                segmentOf[item] = segmentOf[entries[i].Single()];
        var edgesOf = edges.ToLookup(e => segmentOf[e.From]);
        var liveOf = live.ToLookup(item => segmentOf[item]);
        var deadOf = deadEnds.Zip(entries).ToLookup(part => segmentOf[part.Second.Single()]);
        for (int i = 0; i < cuts.Count; i++)
        {
            int start = cuts[i], end = i + 1 < cuts.Count ? cuts[i + 1] : Out;
            int[] interior = [.. liveOf[i].Where(item => item != start)];
            AddSegment(column, (start, end), interior, [.. edgesOf[i]], [.. deadOf[i]], depth);
            if (end != Out)
                column.Add(_boxes[end]);
        }
        return column.Build();
    }

    private void AddSegment(GraphColumnBuilder column, (int Start, int End) cut, int[] interior, List<(int From, int To)> edges,
        IReadOnlyList<(HashSet<int> Items, HashSet<int> Entry)> deadEnds, int depth)
    {
        bool isDirect = edges.Contains((cut.Start, cut.End));
        var components = Components(interior, edges);
        var beside = deadEnds.Where(part => part.Entry.Contains(cut.Start)).Select(part => Inner(part.Items)).ToArray();
        bool isTangle = components.Count == 1 && !isDirect;
        if (isTangle && beside.Length > 0)
            AddLinked(column, new GraphBranches([Empty], HasShortcut: false, beside));
        if (isTangle)
        {
            // Its own edges say what reads its last part.
            AddTangle(column, [.. WithDeadEnds(components[0]).Order()], Map(edges, WithDeadEnds(components[0])));
            return;
        }
        if (components.Count > 0)
            AddLinked(column, new GraphBranches([.. components.Select(part => Inner(WithDeadEnds(part)))], isDirect, beside));
        else if (beside.Length > 0)
            AddLinked(column, new GraphBranches([Empty], HasShortcut: false, beside));
        column.Link();

        HashSet<int> WithDeadEnds(HashSet<int> part) =>
            [.. part, .. deadEnds.Where(deadEnd => part.Overlaps(deadEnd.Entry)).SelectMany(deadEnd => deadEnd.Items)];

        GraphColumn Inner(HashSet<int> part) => Column([.. part.Order()], Map(edges, part), depth + 1);
    }

    private static void AddLinked(GraphColumnBuilder column, GraphPart part)
    {
        column.Link();
        column.Add(part);
    }

    private static GraphColumn Empty => new([], [true], []);

    // The edges of some items, whose other ends are outside.
    private static List<(int From, int To)> Map(IEnumerable<(int From, int To)> edges, HashSet<int> items) =>
    [
        .. edges.Where(e => items.Contains(e.From) || items.Contains(e.To))
            .Select(e => (items.Contains(e.From) ? e.From : In, items.Contains(e.To) ? e.To : Out)).Distinct(),
    ];

    private void AddTangle(GraphColumnBuilder column, int[] items, IEnumerable<(int From, int To)> edges)
    {
        var position = items.Select((item, i) => (item, i)).ToDictionary();
        position[In] = -1;
        position[Out] = items.Length;
        column.AddTangle([.. items.Select(item => _boxes[item])], edges.Select(e => (position[e.From], position[e.To])));
    }

    // What some items read outside.
    private static HashSet<int> Entries(HashSet<int> part, List<(int From, int To)> edges) =>
        [.. edges.Where(e => part.Contains(e.To) && !part.Contains(e.From)).Select(e => e.From)];

    // Items that read nothing come in from above. If nothing goes out of the column, what nobody reads does.
    private static void Complete(int[] items, List<(int From, int To)> edges)
    {
        var (readItems, readingItems) = (edges.Select(e => e.From).ToHashSet(), edges.Select(e => e.To).ToHashSet());
        edges.AddRange(items.Where(item => !readingItems.Contains(item)).Select(item => (In, item)));
        if (!readingItems.Contains(Out))
            edges.AddRange(items.Where(item => !readItems.Contains(item)).Select(item => (item, Out)));
    }

    // The items from which no path leads out.
    private static int[] Dead(int[] items, List<(int From, int To)> edges)
    {
        var live = new HashSet<int> { Out };
        var readers = edges.ToLookup(e => e.From, e => e.To);
        foreach (int item in items.Reverse())
            if (readers[item].Any(live.Contains))
                live.Add(item);
        return [.. items.Where(item => !live.Contains(item))];
    }

    // The items in sets that no edge joins, in the order of their first items.
    private static List<HashSet<int>> Components(int[] items, List<(int From, int To)> edges)
    {
        var neighbors = edges.Concat(edges.Select(e => (From: e.To, To: e.From))).ToLookup(e => e.From, e => e.To);
        var left = items.ToHashSet();
        var components = new List<HashSet<int>>();
        foreach (int item in items)
        {
            if (!left.Remove(item))
                continue;
            var component = new HashSet<int> { item };
            var queue = new Queue<int>([item]);
            while (queue.TryDequeue(out int next))
                foreach (int neighbor in neighbors[next].Where(left.Remove))
                {
                    component.Add(neighbor);
                    queue.Enqueue(neighbor);
                }
            components.Add(component);
        }
        return components;
    }
}
