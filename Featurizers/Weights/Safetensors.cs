using System.Buffers.Binary;
using System.Text.Json;
using TransferKit.Images;

namespace TransferKit.Weights;

/// <summary>
/// Reads and writes .safetensors files (huggingface.co/docs/safetensors): an 8-byte length, a JSON header that maps each name to dtype,
/// shape and byte range, then the bytes.
/// </summary>
public static class Safetensors
{
    private const int MaxHeaderLength = 100_000_000;
    private const string MetadataKey = "__metadata__";

    /// <summary>Reads a file by mapping it into memory.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file is not well-formed.</exception>
    public static StateDict Read(string path)
    {
        var file = new MappedFile(path);
        return Read(file.Memory, path, file);
    }

    /// <summary>Reads the content of a file.</summary>
    internal static StateDict Read(ReadOnlyMemory<byte> content, string path, IDisposable? owner = null)
    {
        try
        {
            return Parse(content, owner);
        }
        catch (Exception e) when (IsMalformed(e))
        {
            owner?.Dispose();
            throw new InvalidDataException($"{path} is not a well-formed .safetensors file: {e.Message}", e);
        }
    }

    /// <summary>Writes a file atomically.</summary>
    /// <param name="path">The file; its folder is created if necessary.</param>
    /// <param name="tensors">The tensors by name.</param>
    /// <param name="preprocessing">
    /// The preprocessing that the weights were trained with, which is kept in the file's metadata; null for none.
    /// </param>
    public static void Write(string path, IReadOnlyDictionary<string, TensorData> tensors, Preprocessing? preprocessing = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        AtomicFile.Write(path, stream => Write(stream, tensors, preprocessing));
    }

    /// <summary>Writes the content of a file to a stream.</summary>
    internal static void Write(Stream stream, IReadOnlyDictionary<string, TensorData> tensors, Preprocessing? preprocessing = null)
    {
        byte[] header = Header(tensors, preprocessing);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (var tensor in tensors.Values)
            stream.Write(tensor.Bytes.Span);
    }

    // JsonElement's accessors and TensorData's constructor throw all of these for a wrong header.
    private static bool IsMalformed(Exception e) => e is InvalidDataException or JsonException or ArgumentException or OverflowException
        or InvalidOperationException or FormatException or KeyNotFoundException;

    private static StateDict Parse(ReadOnlyMemory<byte> bytes, IDisposable? owner)
    {
        long headerLength = bytes.Length < 8 ? -1 : BinaryPrimitives.ReadInt64LittleEndian(bytes.Span);
        if (headerLength is < 2 or > MaxHeaderLength || headerLength > bytes.Length - 8)
            throw new InvalidDataException($"the header would have {headerLength} bytes in a file of {bytes.Length}.");
        using var header = JsonDocument.Parse(bytes.Slice(8, (int)headerLength));
        var data = bytes[(8 + (int)headerLength)..];
        var entries = header.RootElement.EnumerateObject().Where(e => e.Name != MetadataKey)
            .Select(e => (e.Name, Offsets: Offsets(e.Value), e.Value))
            .OrderBy(e => e.Offsets.Start).ThenBy(e => e.Offsets.End);
        var tensors = new StateDict(owner) { Metadata = Metadata(header.RootElement) };
        int position = 0;
        foreach (var (name, (start, end), value) in entries)
        {
            // The specification forbids holes and overlaps. This also keeps the sum of all tensors within the file.
            if (start != position || end < start || end > data.Length)
                throw new InvalidDataException(
                    $"tensor '{name}' is at {start} to {end}, but must begin at {position} and end at {data.Length} at most.");
            if (tensors.ContainsKey(name))
                throw new InvalidDataException($"the tensor '{name}' is defined twice.");
            int[] dimensions = [.. value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt32())];
            tensors[name] = new TensorData(Type(value.GetProperty("dtype").GetString()), dimensions, data[start..end]);
            position = end;
        }
        return position == data.Length ? tensors : throw new InvalidDataException($"{data.Length - position} bytes belong to no tensor.");
    }

    private static Dictionary<string, string> Metadata(JsonElement header) => header.TryGetProperty(MetadataKey, out var entries)
        ? entries.EnumerateObject().ToDictionary(e => e.Name, e => e.Value.ToString())
        : [];

    private static (int Start, int End) Offsets(JsonElement entry)
    {
        var offsets = entry.GetProperty("data_offsets");
        return offsets.GetArrayLength() == 2
            ? (offsets[0].GetInt32(), offsets[1].GetInt32())
            : throw new InvalidDataException($"data_offsets {offsets} must be two numbers.");
    }

    private static byte[] Header(IReadOnlyDictionary<string, TensorData> tensors, Preprocessing? preprocessing)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            if (preprocessing is not null)
                WriteMetadata(json, PreprocessingMetadata.Write(preprocessing));
            long position = 0;
            foreach (var (name, tensor) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", Name(tensor.Type));
                json.WritePropertyName("shape");
                JsonSerializer.Serialize(json, tensor.Dimensions);
                json.WritePropertyName("data_offsets");
                JsonSerializer.Serialize(json, new[] { position, position += tensor.Bytes.Length });
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        // Readers map the file, so spaces after the JSON align the data to 8 bytes.
        while (stream.Length % 8 != 0)
            stream.WriteByte((byte)' ');
        return stream.ToArray();
    }

    private static void WriteMetadata(Utf8JsonWriter json, IEnumerable<(string Key, string Value)> entries)
    {
        json.WriteStartObject(MetadataKey);
        foreach (var (key, value) in entries)
            json.WriteString(key, value);
        json.WriteEndObject();
    }

    private static string Name(ElementType type) => type switch
    {
        ElementType.Float32 => "F32",
        ElementType.Float16 => "F16",
        ElementType.BFloat16 => "BF16",
        ElementType.Int64 => "I64",
        ElementType.UInt8 => "U8",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown element type."),
    };

    private static ElementType Type(string? name) =>
        Enum.GetValues<ElementType>().Cast<ElementType?>().FirstOrDefault(t => Name(t!.Value) == name)
        ?? throw new InvalidDataException($"the element type '{name}' is not supported; it must be F32, F16, BF16, I64 or U8.");
}
