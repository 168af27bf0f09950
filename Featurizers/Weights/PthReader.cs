using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Numerics;

namespace TransferKit.Weights;

/// <summary>
/// Reads files that <c>torch.save</c> wrote (torch/serialization.py): a zip archive with a pickle and one entry for each storage, or the
/// format before PyTorch 1.6, in which pickles and storages follow each other in one stream. An archive of TorchScript, which
/// <c>torch.jit.save</c> writes, is such a zip as well; its code is not read.
/// </summary>
internal static class PthReader
{
    // A pickle begins with the opcode PROTO.
    private static readonly byte[] PickleStart = [0x80];

    private static readonly BigInteger StackedMagic = BigInteger.Parse("119547037146038801333356", CultureInfo.InvariantCulture);

    /// <summary>Reads the state dict of a file, which may also be wrapped in a dictionary under <c>state_dict</c>.</summary>
    /// <exception cref="InvalidDataException">The file is malformed, or its pickle asks for more than a state dict needs.</exception>
    public static StateDict Read(string path)
    {
        IDisposable? mapping = null;
        try
        {
            if (StartsLikeZip(path))
                return ReadZip(path);
            var file = new MappedFile(path);
            mapping = file;
            if (!file.Memory.Span.StartsWith(PickleStart))
                throw new InvalidDataException("weights are .safetensors files, or .pth and .pt files that torch.save has written.");
            return ReadStacked(file.Memory, file);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or OverflowException or ArgumentException)
        {
            mapping?.Dispose();
            throw new InvalidDataException($"{path} cannot be read as a state dict: {e.Message}", e);
        }
    }

    private static bool StartsLikeZip(string path)
    {
        using var stream = File.OpenRead(path);
        Span<byte> start = stackalloc byte[2];
        return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual("PK"u8);
    }

    private static StateDict ReadZip(string path)
    {
        using var stream = File.OpenRead(path);
        using var zip = new ZipArchive(stream);
        var pickle = zip.Entries.FirstOrDefault(e => e.FullName.EndsWith("/data.pkl", StringComparison.Ordinal))
            ?? throw new InvalidDataException("the zip has no data.pkl.");
        string folder = pickle.FullName[..^"data.pkl".Length];
        try
        {
            return ReadZip(zip, pickle, folder, stream.Length);
        }
        catch (InvalidDataException e) when (zip.Entries.Any(c => c.FullName.StartsWith($"{folder}code/", StringComparison.Ordinal)))
        {
            throw new InvalidDataException($"it is an archive of TorchScript, of which only modules with tensors can be read: {e.Message} "
                + "Save its state dict with PyTorch: "
                + "torch.save(torch.jit.load('FILE', map_location='cpu').state_dict(), 'weights.pth').", e);
        }
    }

    private static StateDict ReadZip(ZipArchive zip, ZipArchiveEntry pickle, string folder, long length)
    {
        // Tensors are not compressed, though the code of TorchScript is. So the entries that are read are never larger together than the
        // file; a file that claims more was made to fill the reader's memory.
        var read = zip.Entries.Where(e => e == pickle || e.FullName.StartsWith($"{folder}data/", StringComparison.Ordinal)).ToList();
        if (read.Sum(e => e.Length) > length || read.Any(e => e.Length != e.CompressedLength))
            throw new InvalidDataException("its entries are compressed or overlap; torch.save stores them as they are.");
        var storages = new Dictionary<string, ReadOnlyMemory<byte>>();
        object? root = new Pickle(pickle.ReadAllBytes()).Load();
        return Tensors(root, storage =>
        {
            if (storages.TryGetValue(storage.Key, out var bytes))
                return bytes;
            var entry = zip.GetEntry($"{folder}data/{storage.Key}")
                ?? throw new InvalidDataException($"the zip has no storage '{storage.Key}'.");
            return storages[storage.Key] = entry.ReadAllBytes();
        }, length, owner: null);
    }

    private static StateDict ReadStacked(ReadOnlyMemory<byte> bytes, IDisposable file)
    {
        var pickle = new Pickle(bytes);
        if (pickle.Load() is not BigInteger magic || magic != StackedMagic)
            throw new InvalidDataException("it is not a zip archive and does not begin with torch.save's magic number.");
        // The protocol's version and the writing system's integer sizes are not needed.
        pickle.Load();
        pickle.Load();
        object? root = pickle.Load();
        if (pickle.Load() is not List<object?> keys)
            throw new InvalidDataException("the list of storages is missing.");
        var known = Views(root).Select(v => v.View.Storage).DistinctBy(s => s.Key).ToDictionary(s => s.Key);
        var storages = new Dictionary<string, ReadOnlyMemory<byte>>();
        var rest = bytes[pickle.Position..];
        foreach (object? item in keys)
        {
            string key = item as string ?? throw new InvalidDataException("a storage has a key that is not a string.");
            long count = rest.Length < 8 ? -1 : BinaryPrimitives.ReadInt64LittleEndian(rest.Span);
            if (!known.TryGetValue(key, out var storage))
                throw new InvalidDataException($"storage '{key}' belongs to no tensor.");
            int size = storage.Type.Size();
            if (count < 0 || count > (rest.Length - 8) / size)
                throw new InvalidDataException($"storage '{key}' is truncated.");
            storages[key] = rest.Slice(8, (int)count * size);
            rest = rest[(8 + (int)count * size)..];
        }
        return Tensors(root, s => storages.TryGetValue(s.Key, out var storage) ? storage
            : throw new InvalidDataException($"storage '{s.Key}' is missing."), bytes.Length, file);
    }

    private static IEnumerable<(string Name, TorchPickle.View View)> Views(object? root)
    {
        if (root is TorchPickle.Module module)
            return module.Views();
        return ViewsOfDictionary(root);
    }

    private static IEnumerable<(string Name, TorchPickle.View View)> ViewsOfDictionary(object? root)
    {
        if (root is Dictionary<string, object?> outer && outer.TryGetValue("state_dict", out object? inner))
            root = inner;
        if (root is not Dictionary<string, object?> tensors)
            throw new InvalidDataException("it does not contain a dictionary of tensors.");
        foreach (var (name, value) in tensors)
            yield return (name, value as TorchPickle.View ?? throw new InvalidDataException($"'{name}' is not a tensor."));
    }

    private static StateDict Tensors(object? root, Func<TorchPickle.Storage, ReadOnlyMemory<byte>> bytesOf, long fileLength,
        IDisposable? owner)
    {
        // A few bytes can refer to one view any number of times, so the copies must not be larger than the file itself.
        long copied = 0;
        var tensors = new StateDict(owner);
        foreach (var (name, view) in Views(root))
        {
            try
            {
                var tensor = StridedView.Materialize(view, bytesOf(view.Storage), out bool isCopy);
                copied += isCopy ? tensor.Bytes.Length : 0;
                if (copied > fileLength)
                    throw new InvalidDataException("the views of the storages are larger than the file.");
                tensors[name] = tensor;
            }
            catch (InvalidDataException e)
            {
                throw new InvalidDataException($"tensor '{name}': {e.Message}", e);
            }
        }
        return tensors;
    }
}
