namespace TransferKit.Weights;

/// <summary>What the pickle of a state dict may ask for (torch/_utils.py): these few names and nothing else.</summary>
internal static class TorchPickle
{
    /// <summary>A named Python object that the pickle refers to.</summary>
    public sealed record Global(string Name);

    /// <summary>A reference to bytes outside the pickle, as <c>torch.save</c> writes one for each storage.</summary>
    public sealed record Storage(ElementType Type, string Key, long Count);

    /// <summary>A tensor as a view of a storage, in elements.</summary>
    public sealed record View(Storage Storage, long Offset, long[] Size, long[] Stride);

    // Far more than any network's, and few enough that copying them again and again stays harmless.
    private const int MostDimensions = 64;

    private const string Dictionary = "collections.OrderedDict", Tensor = "torch._utils._rebuild_tensor_v2", Parameter = "torch._utils._rebuild_parameter";

    private static readonly Dictionary<string, ElementType> Storages = new()
    {
        ["torch.FloatStorage"] = ElementType.Float32,
        ["torch.HalfStorage"] = ElementType.Float16,
        ["torch.BFloat16Storage"] = ElementType.BFloat16,
        ["torch.LongStorage"] = ElementType.Int64,
    };

    /// <summary>The object of this name.</summary>
    /// <exception cref="InvalidDataException">A state dict does not need it.</exception>
    public static Global Find(string name) => name is Dictionary or Tensor or Parameter || Storages.ContainsKey(name)
        ? new Global(name)
        : throw new InvalidDataException($"it asks for '{name}', which a state dict does not need; it was refused and nothing was run.");

    /// <summary>What calling an object gives.</summary>
    /// <exception cref="InvalidDataException">A state dict does not have such a call.</exception>
    public static object Call(Global callee, object?[] arguments) => (callee.Name, arguments) switch
    {
        (Dictionary, []) => new Dictionary<string, object?>(),
        (Parameter, [View view, ..]) => view,
        (Tensor, [Storage storage, long offset, object?[] size, object?[] stride, ..]) => new View(storage, offset, Numbers(size), Numbers(stride)),
        _ => throw new InvalidDataException($"it calls '{callee.Name}' with arguments a state dict does not have."),
    };

    /// <summary>The storage that a persistent id names.</summary>
    /// <exception cref="InvalidDataException">It names something else.</exception>
    public static Storage Persistent(object?[] id)
    {
        if (id is not ["storage", Global global, string key, _, long count, ..] || !Storages.TryGetValue(global.Name, out var type))
            throw new InvalidDataException("it refers to something that is no tensor storage.");
        return id is [_, _, _, _, _, not null]
            ? throw new InvalidDataException("it has storages that are views of others.")
            : new Storage(type, key, count);
    }

    private static long[] Numbers(object?[] values) => values.Length > MostDimensions
        ? throw new InvalidDataException($"a tensor has {values.Length} dimensions.")
        : [.. values.Select(v => v is long l ? l : throw new InvalidDataException("a tensor's shape is not made of integers."))];
}
