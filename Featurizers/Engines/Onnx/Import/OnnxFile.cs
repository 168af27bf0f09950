using Google.Protobuf;
using TransferKit.Engines.Onnx.Proto;

namespace TransferKit.Engines.Onnx.Import;

/// <summary>An ONNX model that was read from a file and checked, so that its parts can be used without further checks.</summary>
internal sealed class OnnxFile
{
    private readonly string? _folder;

    private OnnxFile(ModelProto model, string name, string? folder)
    {
        (Model, Name, _folder) = (model, name, folder);
        OnnxChecker.Check(this);
        Initializers = model.Graph.Initializer.ToDictionary(tensor => tensor.Name);
        Inputs = [.. model.Graph.Input.Where(input => !Initializers.ContainsKey(input.Name))];
    }

    /// <summary>The model.</summary>
    public ModelProto Model { get; }

    /// <summary>The name of the file for messages.</summary>
    public string Name { get; }

    /// <summary>The version of ONNX's own operators.</summary>
    public long Opset => Model.OpsetImport.FirstOrDefault(set => set.Domain is "" or "ai.onnx")?.Version ?? 0;

    /// <summary>The stored tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorProto> Initializers { get; }

    /// <summary>The inputs that are not initializers. Before version 4 of the format, initializers had to be inputs as well.</summary>
    public IReadOnlyList<ValueInfoProto> Inputs { get; }

    /// <summary>Reads and checks a file.</summary>
    /// <exception cref="InvalidDataException">It is not a valid ONNX model; the message says why.</exception>
    public static OnnxFile Read(string path)
    {
        using var stream = File.OpenRead(path);
        return Read(stream, path, Path.GetDirectoryName(Path.GetFullPath(path)));
    }

    /// <summary>Reads and checks a model.</summary>
    /// <param name="stream">The model.</param>
    /// <param name="name">The name of the file for messages.</param>
    /// <param name="folder">The folder in which external data may lie; null if there is none.</param>
    /// <exception cref="InvalidDataException">It is not a valid ONNX model; the message says why.</exception>
    public static OnnxFile Read(Stream stream, string name, string? folder)
    {
        try
        {
            return new OnnxFile(ModelProto.Parser.ParseFrom(stream), name, folder);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new InvalidDataException($"'{name}' is not an ONNX model: {e.Message}", e);
        }
    }

    /// <summary>Returns the elements of a stored tensor.</summary>
    public OnnxTensor Tensor(TensorProto tensor) => new(tensor, ExternalData(tensor));

    /// <summary>Returns the model with external data moved into it.</summary>
    /// <exception cref="InvalidDataException">The model would be too large for one message.</exception>
    public ModelProto WithoutExternalData()
    {
        var model = Model.Clone();
        long total = 0;
        foreach (var tensor in model.Graph.Initializer.Where(tensor => tensor.ExternalData.Count > 0))
        {
            var data = ExternalData(tensor)!.Value;
            if ((total += data.Length) > int.MaxValue / 2)
                throw new InvalidDataException($"The external data of '{Name}' are too large to be run: more than 1 GiB.");
            tensor.RawData = UnsafeByteOperations.UnsafeWrap(data);
            tensor.ExternalData.Clear();
            tensor.ClearDataLocation();
        }
        return model;
    }

    /// <summary>Returns the file, offset and length of a tensor's external data, or null if it has none.</summary>
    /// <exception cref="InvalidDataException">The data are not in the folder of the model, or not all of them.</exception>
    public (string Path, long Offset, long Length)? ExternalLocation(TensorProto tensor)
    {
        if (tensor.DataLocation != TensorProto.Types.DataLocation.External)
            return null;
        var entries = tensor.ExternalData.DistinctBy(entry => entry.Key).ToDictionary(entry => entry.Key, entry => entry.Value);
        string location = entries.GetValueOrDefault("location", "");
        if (_folder is null || location == "" || Path.IsPathRooted(location) || location.Split('/', '\\').Contains(".."))
        {
            throw new InvalidDataException($"The tensor '{tensor.Name}' of '{Name}' lies in '{location}': " +
                "external data must lie in the folder of the model.");
        }
        var file = new FileInfo(Path.Combine(_folder, location));
        if (!file.Exists)
            throw new InvalidDataException($"'{Name}' needs the file '{location}' beside it, which is missing.");
        long fileLength = file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target ? target.Length : file.Length;
        long offset = Number("offset", 0), length = Number("length", fileLength - offset);
        if (offset < 0 || length < 0 || offset > fileLength - length)
        {
            throw new InvalidDataException($"The tensor '{tensor.Name}' of '{Name}' lies at bytes {offset} to {offset + length} of " +
                $"'{location}', which has {fileLength}.");
        }
        return (file.FullName, offset, length);

        long Number(string key, long missing)
        {
            if (!entries.TryGetValue(key, out string? text))
                return missing;
            return long.TryParse(text, out long number) ? number
                : throw new InvalidDataException($"The {key} '{text}' of the tensor '{tensor.Name}' of '{Name}' is not a number.");
        }
    }

    private ReadOnlyMemory<byte>? ExternalData(TensorProto tensor)
    {
        if (ExternalLocation(tensor) is not var (path, offset, length))
            return null;
        byte[] bytes = new byte[length];
        using var stream = File.OpenRead(path);
        stream.Position = offset;
        stream.ReadExactly(bytes);
        return bytes;
    }
}
