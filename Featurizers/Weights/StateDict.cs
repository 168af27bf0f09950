using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace TransferKit.Weights;

/// <summary>Named tensors in order; owns the memory of the file they were read from.</summary>
public sealed class StateDict(IDisposable? owner = null) : IReadOnlyDictionary<string, TensorData>, IDisposable
{
    private readonly OrderedDictionary<string, TensorData> _tensors = [];

    /// <inheritdoc cref="IReadOnlyDictionary{TKey, TValue}.this"/>
    public TensorData this[string key]
    {
        get => _tensors.TryGetValue(key, out var tensor) ? tensor : throw new KeyNotFoundException($"The weights have no '{key}'.");
        set => _tensors[key] = value;
    }

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

    /// <summary>The same tensors under other keys; owns what this one did.</summary>
    internal StateDict Renamed(Func<string, string> rename)
    {
        var renamed = new StateDict(owner);
        foreach (var (key, tensor) in _tensors)
            renamed[rename(key)] = tensor;
        return renamed;
    }

    /// <summary>A copy of some tensors, in memory of its own.</summary>
    internal StateDict Copy(IEnumerable<string> keys)
    {
        var copy = new StateDict();
        foreach (string key in keys)
            copy[key] = this[key].Copy();
        return copy;
    }

    /// <summary>Releases the file the tensors were read from; they cannot be used afterwards.</summary>
    public void Dispose() => owner?.Dispose();
}
