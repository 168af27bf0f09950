using TransferKit.Graphs;

namespace TransferKit.Weights;

/// <summary>Reads files of weights and checks that they fit a graph.</summary>
public static class Checkpoint
{
    /// <summary>The name of the weights in the run folder that a training writes.</summary>
    public const string BestName = "best.safetensors";

    /// <summary>Reads a .safetensors file, or a file that PyTorch's <c>torch.save</c> wrote (.pth or .pt).</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is malformed, or its pickle asks for more than a state dict needs.</exception>
    public static StateDict Read(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no weights file '{path}'.", path);
        return IsSafetensors(path) ? Safetensors.Read(path) : PthReader.Read(path);
    }

    /// <summary>
    /// Returns the weights file that a path stands for: the file itself or, for a run folder or a model.zip in it, the file
    /// <see cref="BestName"/> there; null if there is no such file.
    /// </summary>
    /// <param name="path">The path of a file or folder.</param>
    internal static string? FindFile(string path)
    {
        string? folder = Directory.Exists(path) ? path : IsModel(path) ? Path.GetDirectoryName(Path.GetFullPath(path)) : null;
        string file = folder is null ? path : Path.Combine(folder, BestName);
        return File.Exists(file) ? file : null;
    }

    /// <summary>Whether a path is that of a .safetensors file.</summary>
    internal static bool IsSafetensors(string path) =>
        Path.GetExtension(path).Equals(".safetensors", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Whether a path is that of an ML.NET model. Batch normalization is folded into the weights in it, so it cannot be trained further.
    /// </summary>
    internal static bool IsModel(string path) => Path.GetExtension(path).Equals(".zip", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Checks that weights have exactly the keys and shapes of a graph. Step counters of batch normalization may be missing, because old
    /// files have none; they are added.
    /// </summary>
    /// <param name="graph">The graph.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="source">The name of the weights in error messages.</param>
    /// <param name="except">Keys that are not checked, such as those of a classifier that will be replaced.</param>
    /// <exception cref="InvalidDataException">
    /// They do not fit; the message lists the keys that are missing, unexpected or of another shape.
    /// </exception>
    internal static void Check(Graph graph, StateDict weights, string source, IReadOnlyCollection<string>? except = null)
    {
        bool IsChecked(string key) => except is null || !except.Contains(key);
        var expected = graph.State.Where(s => IsChecked(s.Key)).ToDictionary(s => s.Key, s => s.Parameter);
        foreach (var (key, counter) in expected.Where(e => e.Value.IsCounter && !weights.ContainsKey(e.Key)))
            weights[key] = RandomWeights.Create(key, counter, seed: 0);
        var missing = expected.Keys.Where(k => !weights.ContainsKey(k));
        var unexpected = weights.Keys.Where(k => IsChecked(k) && !expected.ContainsKey(k));
        var misshapen =
            from e in expected
            where weights.ContainsKey(e.Key)
            let dimensions = weights[e.Key].Dimensions
            where !dimensions.SequenceEqual(e.Value.Dimensions)
            select $"{e.Key} is {TensorData.Describe(dimensions)}, not {TensorData.Describe(e.Value.Dimensions)}";
        string[] problems = [.. List("missing", missing), .. List("unexpected", unexpected), .. List("of another shape", misshapen)];
        if (problems.Length > 0)
            throw new InvalidDataException($"The weights of {source} do not fit: {string.Join("; ", problems)}.");
    }

    /// <summary>Checks that no value that a graph needs is NaN. Files without a classifier have NaN in its place.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="weights">The weights for it.</param>
    /// <param name="source">The name of the weights in error messages.</param>
    /// <param name="remedy">What the error message says to do.</param>
    /// <exception cref="InvalidDataException">A tensor has NaN among its values; the message names it.</exception>
    public static void CheckNumbers(Graph graph, StateDict weights, string source, string remedy = "end the network at an earlier node")
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(weights);
        foreach (var (key, _) in graph.State)
            if (weights[key].Type != ElementType.UInt8 && HasNaN(weights[key].Floats()))
                throw new InvalidDataException($"The weights of {source} have NaN in '{key}', which was not trained; {remedy}.");
    }

    private static bool HasNaN(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
            if (float.IsNaN(value))
                return true;
        return false;
    }

    // Names the first four keys, which is enough to recognize the wrong architecture.
    private static IEnumerable<string> List(string problem, IEnumerable<string> keys)
    {
        const int Listed = 4;
        string[] all = [.. keys];
        string rest = all.Length > Listed ? $" and {all.Length - Listed} more" : "";
        return all.Length == 0 ? [] : [$"{problem}: {string.Join(", ", all.Take(Listed))}{rest}"];
    }
}
