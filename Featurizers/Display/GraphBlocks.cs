using TransferKit.Engines;
using TransferKit.Graphs;

namespace TransferKit.Display;

/// <summary>
/// Finds the blocks of a graph, which are the scopes of its nodes' names: <c>layer1.0.conv1</c> is in the block <c>layer1.0</c>, which is
/// in the block <c>layer1</c>. Names with slashes, which PyTorch's ONNX exporter writes, are split at these.
/// </summary>
internal sealed class GraphBlocks
{
    // Deeper scopes are not opened further.
    private const int DeepestScope = 12;

    private readonly IReadOnlyList<NodeSummary> _summaries;
    private readonly string[][] _paths;
    // For each node: the nodes it reads, and the last node that reads it, by index.
    private readonly int[][] _inputs;
    private readonly int[] _lastReader;

    private GraphBlocks(Graph graph)
    {
        (Nodes, _summaries) = (graph.Nodes, Summary.Of(graph).Nodes);
        _paths = [.. Nodes.Select(node => Segments(node.Name))];
        var indices = Nodes.Select((node, i) => (node, i)).ToDictionary();
        _inputs = [.. Nodes.Select(node => node.Inputs.Select(input => indices[input]).Distinct().ToArray())];
        _lastReader = new int[Nodes.Count];
        for (int i = 0; i < Nodes.Count; i++)
            foreach (int input in _inputs[i])
                _lastReader[input] = i;
        _lastReader[indices[graph.Output]] = int.MaxValue;
    }

    private IReadOnlyList<Node> Nodes { get; }

    /// <summary>Returns the blocks of a graph and the nodes outside of blocks.</summary>
    public static GraphColumn Of(Graph graph)
    {
        var blocks = new GraphBlocks(graph);
        return blocks.Column(0, graph.Nodes.Count, depth: 0, out _);
    }

    private static string[] Segments(string name)
    {
        string[] segments = name.Split(name.Contains('/') ? '/' : '.', StringSplitOptions.RemoveEmptyEntries);
        return segments.Length > 0 ? segments : [name];
    }

    private GraphColumn Column(int start, int end, int depth, out GraphBox[] boxes)
    {
        var ranges = Ranges(start, end, depth);
        boxes = [.. ranges.Select(range => Box(range.Start, range.End, depth, depth))];
        var boxOf = new int[end - start];
        var edges = new HashSet<(int From, int To)>();
        for (int box = 0; box < ranges.Count; box++)
        {
            for (int node = ranges[box].Start; node < ranges[box].End; node++)
            {
                boxOf[node - start] = box;
                foreach (int input in _inputs[node])
                    edges.Add((input < start ? GraphArrangement.In : boxOf[input - start], box));
                if (_lastReader[node] >= end)
                    edges.Add((box, GraphArrangement.Out));
            }
            edges.Remove((box, box));
        }
        return GraphArrangement.Arrange(boxes, edges);
    }

    // Runs of nodes with the same scope. A run has no edge that leaves and comes back, so boxes never read each other in a circle.
    private List<(int Start, int End)> Ranges(int start, int end, int depth)
    {
        var ranges = new List<(int Start, int End)>();
        for (int i = start, next; i < end; i = next)
        {
            next = i + 1;
            while (next < end && IsInScope(i) && IsInScope(next) && _paths[next][depth] == _paths[i][depth])
                next++;
            ranges.Add((i, next));
        }
        return ranges;

        bool IsInScope(int node) => depth < DeepestScope && _paths[node].Length > depth + 1;
    }

    // A block of a single block is drawn as that one.
    private GraphBox Box(int start, int end, int depth, int parentDepth)
    {
        if (end - start == 1)
        {
            var (node, summary) = (Nodes[start], _summaries[start]);
            string label = Label(_paths[start], parentDepth);
            return new(label, node.Name, OperatorText.Of(node), node.Shape, summary.Parameters, summary.MultiplyAccumulates, Inside: null);
        }
        if (Ranges(start, end, depth + 1).Count == 1)
            return Box(start, end, depth + 1, parentDepth);
        var inside = Column(start, end, depth + 1, out var boxes);
        string[] path = _paths[start][..(depth + 1)];
        int last = Enumerable.Range(start, end - start).LastOrDefault(node => _lastReader[node] >= end, end - 1);
        string name = string.Join(Nodes[start].Name.Contains('/') ? '/' : '.', path);
        return new(Label(path, parentDepth), name, OperatorText.OfBlock(inside, [.. Nodes.Take(start..end)]), Nodes[last].Shape,
            boxes.Sum(box => box.Parameters), boxes.Sum(box => box.MultiplyAccumulates), inside);
    }

    // The name within the parent. One that starts with a number says nothing alone: features.0, not 0.
    private static string Label(string[] path, int depth)
    {
        while (depth > 0 && char.IsDigit(path[depth][0]))
            depth--;
        return string.Join('.', path[depth..]);
    }
}
