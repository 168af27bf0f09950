using Google.Protobuf;
using Google.Protobuf.Collections;
using TransferKit.Engines.Onnx.Import;
using TransferKit.Engines.Onnx.Proto;
using TransferKit.Graphs;

namespace TransferKit.Engines.Onnx;

/// <summary>Puts a whole ONNX model into another one, with a prefix before its names, and takes it out again.</summary>
internal static class OnnxInlining
{
    /// <summary>Returns what is before the names of an inlined model.</summary>
    public static string Prefix(Node node) => $"{node.Layer}:";

    /// <summary>Returns the only number of images that a graph with an inlined model takes at once; null for any.</summary>
    public static int? BatchSize(this Graph graph) => graph.Nodes.Select(node => node.Operator).OfType<OnnxModel>().FirstOrDefault()?.Batch;

    /// <summary>Returns the part of a model that computes one of its values, with a prefix before all names.</summary>
    public static GraphProto Part(ModelProto model, string output, string prefix)
    {
        var graph = model.Graph.Clone();
        var needed = new HashSet<string> { output };
        var nodes = new Stack<NodeProto>();
        foreach (var node in graph.Node.Reverse().Where(node => node.Output.Any(needed.Contains)))
        {
            needed.UnionWith(NamesReadBy(node));
            nodes.Push(node);
        }
        var initializers = graph.Initializer.Where(tensor => needed.Contains(tensor.Name)).ToArray();
        var inputs = graph.Input.Where(input => initializers.All(tensor => tensor.Name != input.Name)).ToArray();
        var part = new GraphProto { Name = graph.Name, Node = { nodes }, Initializer = { initializers }, Input = { inputs } };
        Rename(part, prefix);
        return part;
    }

    /// <summary>Returns a model with only the nodes, tensors and the input that have a prefix: what <see cref="Part"/> was.</summary>
    public static byte[] Extract(ModelProto model, string prefix, string output)
    {
        bool HasPrefix(string name) => name.StartsWith(prefix, StringComparison.Ordinal);
        var extracted = new ModelProto
        {
            IrVersion = model.IrVersion,
            OpsetImport = { model.OpsetImport },
            Functions = { model.Functions },
            Graph = new GraphProto
            {
                Name = model.Graph.Name,
                Node = { model.Graph.Node.Where(node => node.Output.Any(HasPrefix)) },
                Initializer = { model.Graph.Initializer.Where(tensor => HasPrefix(tensor.Name)) },
                Input = { model.Graph.ValueInfo.Where(value => HasPrefix(value.Name)) },
                Output = { new ValueInfoProto { Name = output } },
            },
        };
        return extracted.ToByteArray();
    }

    // A node reads what the graphs in its attributes read from outside.
    private static IEnumerable<string> NamesReadBy(NodeProto node) =>
        node.Input.Concat(node.Graphs().SelectMany(graph => graph.Node.SelectMany(NamesReadBy).Concat(graph.Output.Select(o => o.Name))));

    private static void Rename(GraphProto graph, string prefix)
    {
        foreach (var value in graph.Input.Concat(graph.Output).Concat(graph.ValueInfo))
            value.Name = prefix + value.Name;
        foreach (var tensor in graph.Initializer)
            tensor.Name = prefix + tensor.Name;
        foreach (var node in graph.Node)
        {
            node.Name = prefix + node.Name;
            Rename(node.Input, prefix);
            Rename(node.Output, prefix);
            foreach (var inner in node.Graphs())
                Rename(inner, prefix);
        }
    }

    private static void Rename(RepeatedField<string> names, string prefix)
    {
        // An empty name stands for an input that is left out.
        for (int i = 0; i < names.Count; i++)
            if (names[i] != "")
                names[i] = prefix + names[i];
    }
}
