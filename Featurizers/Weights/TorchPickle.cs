namespace TransferKit.Weights;

/// <summary>The few Python objects that the pickle of a state dict may refer to (torch/_utils.py); all others are refused.</summary>
internal static class TorchPickle
{
    /// <summary>A Python object that the pickle refers to by name.</summary>
    /// <param name="Name">Module and name, such as <c>torch.FloatStorage</c>.</param>
    public sealed record Global(string Name);

    /// <summary>A reference to a storage, whose bytes are outside the pickle.</summary>
    /// <param name="Type">The type of its elements.</param>
    /// <param name="Key">Its name in the file.</param>
    /// <param name="Count">The number of elements.</param>
    public sealed record Storage(ElementType Type, string Key, long Count);

    /// <summary>A tensor, which is a strided view of a storage.</summary>
    /// <param name="Storage">The storage.</param>
    /// <param name="Offset">The index of the first element in the storage.</param>
    /// <param name="Size">The shape.</param>
    /// <param name="Stride">For each dimension, the distance of neighbors in elements.</param>
    public sealed record View(Storage Storage, long Offset, long[] Size, long[] Stride);

    /// <summary>A module of TorchScript.</summary>
    public sealed class Module
    {
        /// <summary>The parameters, buffers and modules in it by their names, and whatever else it has.</summary>
        public Dictionary<string, object?> Attributes { get; } = [];

        /// <summary>
        /// Returns the tensors in it with the names that its state dict has. A tensor that is neither parameter nor buffer, which a state
        /// dict leaves out, is among them: only the code says which are.
        /// </summary>
        /// <exception cref="InvalidDataException">Modules are nested deeper than in any network.</exception>
        public IEnumerable<(string Name, View View)> Views() => Views("", [], depth: 0);

        // A module is entered once, so that a file whose modules contain each other ends.
        private IEnumerable<(string Name, View View)> Views(string path, HashSet<Module> entered, int depth)
        {
            if (!entered.Add(this))
                yield break;
            if (depth > MaxDepth)
                throw new InvalidDataException($"its modules are nested more than {MaxDepth} deep.");
            foreach (var (name, value) in Attributes)
            {
                if (value is View view)
                    yield return (path + name, view);
                foreach (var inner in (value as Module)?.Views($"{path}{name}.", entered, depth + 1) ?? [])
                    yield return inner;
            }
        }
    }

    // Far more than any network has, and few enough that copying them repeatedly is harmless.
    private const int MaxDimensions = 64, MaxDepth = 64;

    private const string Dictionary = "collections.OrderedDict";
    private const string Tensor = "torch._utils._rebuild_tensor_v2";
    private const string Parameter = "torch._utils._rebuild_parameter";

    // The classes of modules of TorchScript, and the functions that mark lists and dictionaries as being of one type.
    private const string ScriptClass = "__torch__.", ScriptMark = "torch.jit._pickle.";

    private static readonly Dictionary<string, ElementType> Storages = new()
    {
        ["torch.FloatStorage"] = ElementType.Float32,
        ["torch.HalfStorage"] = ElementType.Float16,
        ["torch.BFloat16Storage"] = ElementType.BFloat16,
        ["torch.LongStorage"] = ElementType.Int64,
    };

    /// <summary>Finds an object by its name.</summary>
    /// <exception cref="InvalidDataException">A state dict does not need the object.</exception>
    public static Global Find(string name) => name is Dictionary or Tensor or Parameter || Storages.ContainsKey(name)
        || name.StartsWith(ScriptClass, StringComparison.Ordinal) || name.StartsWith(ScriptMark, StringComparison.Ordinal)
        ? new Global(name)
        : throw new InvalidDataException($"it asks for '{name}', which a state dict does not need; it was refused and nothing was run.");

    /// <summary>Returns the result of calling an object.</summary>
    /// <exception cref="InvalidDataException">A state dict does not have such a call.</exception>
    public static object Call(Global callee, object?[] arguments) => (callee.Name, arguments) switch
    {
        (Dictionary, []) => new Dictionary<string, object?>(),
        (Parameter, [View view, ..]) => view,
        ({ } name, [var marked, ..]) when name.StartsWith(ScriptMark, StringComparison.Ordinal) => marked ?? Array.Empty<object?>(),
        (Tensor, [Storage storage, long offset, object?[] size, object?[] stride, ..]) =>
            new View(storage, offset, Integers(size), Integers(stride)),
        _ => throw new InvalidDataException($"it calls '{callee.Name}' with arguments a state dict does not have."),
    };

    /// <summary>Returns a new object of a class.</summary>
    /// <exception cref="InvalidDataException">The class is not one of TorchScript's modules.</exception>
    public static object New(Global type) => type.Name.StartsWith(ScriptClass, StringComparison.Ordinal) ? new Module()
        : throw new InvalidDataException($"it creates an object of '{type.Name}', which a state dict does not have.");

    /// <summary>Returns the storage that a persistent id refers to.</summary>
    /// <exception cref="InvalidDataException">The id refers to anything else.</exception>
    public static Storage Persistent(object?[] id)
    {
        if (id is not ["storage", Global global, string key, _, long count, ..] || !Storages.TryGetValue(global.Name, out var type))
            throw new InvalidDataException("it refers to an object that is not a tensor storage.");
        return id is [_, _, _, _, _, not null]
            ? throw new InvalidDataException("it has storages that are views of others.")
            : new Storage(type, key, count);
    }

    private static long[] Integers(object?[] values) => values.Length > MaxDimensions
        ? throw new InvalidDataException($"a tensor has {values.Length} dimensions.")
        : [.. values.Select(v => v is long l ? l : throw new InvalidDataException("a tensor's shape has a value that is not an integer."))];
}
