using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace TransferKit.Weights;

/// <summary>Tensors by name, in order, like PyTorch's <c>state_dict</c>. Owns the file mapping that the tensors were read from.</summary>
/// <param name="owner">The memory of the tensors, which is released with this object; null if there is nothing to release.</param>
public sealed class StateDict(IDisposable? owner = null) : IReadOnlyDictionary<string, TensorData>, IDisposable
{
    private readonly OrderedDictionary<string, TensorData> _tensors = [];

    /// <summary>The tensor of this name.</summary>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    public TensorData this[string key]
    {
        get => _tensors.TryGetValue(key, out var tensor) ? tensor : throw new KeyNotFoundException($"The weights have no '{key}'.");
        set => _tensors[key] = value;
    }

    /// <summary>The metadata of the file that the tensors were read from; empty where it has none.</summary>
    internal IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <inheritdoc/>
    public IEnumerable<string> Keys => _tensors.Keys;

    /// <inheritdoc/>
    public IEnumerable<TensorData> Values => _tensors.Values;

    /// <inheritdoc/>
    public int Count => _tensors.Count;

    /// <inheritdoc/>
    public bool ContainsKey(string key) => _tensors.ContainsKey(key);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out TensorData value) => _tensors.TryGetValue(key, out value);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, TensorData>> GetEnumerator() => _tensors.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>
    /// Returns the same tensors with renamed keys, and passes the ownership of their memory on. A renamed key takes the place of one that
    /// has its new name already: <c>visual.positional_embedding</c> is that of CLIP's image encoder, and the other is the text encoder's.
    /// </summary>
    /// <param name="rename">Returns the new name of a key, or null to leave its tensor out.</param>
    internal StateDict Renamed(Func<string, string?> rename)
    {
        var names = _tensors.Keys.Select(key => (Key: key, Name: rename(key))).ToList();
        var changed = names.Where(n => n.Name != n.Key).Select(n => n.Name).ToHashSet();
        var renamed = new StateDict(owner);
        foreach (var (key, name) in names)
            if (name is not null && (name != key || !changed.Contains(name)))
                renamed[name] = _tensors[key];
        return renamed;
    }

    /// <summary>Copies the tensors of these names into memory of their own.</summary>
    internal StateDict Copy(IEnumerable<string> keys)
    {
        var copy = new StateDict();
        foreach (string key in keys)
            copy[key] = this[key].Copy();
        return copy;
    }

    /// <summary>Releases the file that the tensors were read from. They cannot be used afterwards.</summary>
    public void Dispose() => owner?.Dispose();
}
