using TransferKit.Graphs;

namespace TransferKit.Weights;

/// <summary>Weights from a file, and whether they are a graph's.</summary>
public static class Checkpoint
{
    /// <summary>Reads a .safetensors or .pth file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not well-formed, or asks for anything a state dict does not need.</exception>
    public static StateDict Read(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no weights file '{path}'.", path);
        return Path.GetExtension(path).Equals(".safetensors", StringComparison.OrdinalIgnoreCase) ? Safetensors.Read(path) : PthReader.Read(path);
    }

    /// <summary>Checks that weights have exactly a graph's keys and shapes. Step counters may be missing: old files have none.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="weights">The weights; step counters they lack are added.</param>
    /// <param name="source">What to call the weights in a message.</param>
    /// <param name="except">Keys that are left out of the check, such as those of a head that will be replaced.</param>
    /// <exception cref="InvalidDataException">They do not fit; the message says which keys are missing, unexpected or of another shape.</exception>
    public static void Check(Graph graph, StateDict weights, string source, IReadOnlyCollection<string>? except = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(weights);
        bool Counts(string key) => except is null || !except.Contains(key);
        var expected = graph.State.Where(s => Counts(s.Key)).ToDictionary(s => s.Key, s => s.Parameter);
        foreach (var (key, counter) in expected.Where(e => e.Value.IsCounter && !weights.ContainsKey(e.Key)))
            weights[key] = RandomWeights.Create(key, counter, seed: 0);
        string[] problems =
        [
            .. List("missing", expected.Keys.Where(k => !weights.ContainsKey(k))),
            .. List("unexpected", weights.Keys.Where(k => Counts(k) && !expected.ContainsKey(k))),
            .. List("of another shape", expected.Where(e => weights.TryGetValue(e.Key, out var t) && !t.Dimensions.SequenceEqual(e.Value.Dimensions))
                .Select(e => $"{e.Key} is {TensorData.Describe(weights[e.Key].Dimensions)}, not {TensorData.Describe(e.Value.Dimensions)}")),
        ];
        if (problems.Length > 0)
            throw new InvalidDataException($"The weights of {source} do not fit: {string.Join("; ", problems)}.");
    }

    /// <summary>Checks that what a graph needs is made of numbers: files without a classifier fill its place with NaN.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="weights">The weights for it.</param>
    /// <param name="source">What to call them in a message.</param>
    /// <param name="remedy">What the message says to do.</param>
    /// <exception cref="InvalidDataException">A tensor has NaN among its values; the message names it.</exception>
    public static void CheckNumbers(Graph graph, StateDict weights, string source, string remedy = "end the network at an earlier node")
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(weights);
        foreach (var (key, _) in graph.State)
            if (HasNaN(weights[key].Floats()))
                throw new InvalidDataException($"The weights of {source} have NaN in '{key}', which was not trained; {remedy}.");
    }

    private static bool HasNaN(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
            if (float.IsNaN(value))
                return true;
        return false;
    }

    private static IEnumerable<string> List(string what, IEnumerable<string> keys)
    {
        string[] all = [.. keys];
        if (all.Length > 0)
            yield return $"{what}: {string.Join(", ", all.Take(4))}{(all.Length > 4 ? $" and {all.Length - 4} more" : "")}";
    }
}
