using System.Text.Json;

namespace TransferKit.Images;

/// <summary>
/// A JSON object of a model's configuration, with the file's name for error messages. Entries that are null count as absent.
/// </summary>
internal sealed class ConfigFile
{
    // Configurations have a few kilobytes; those with the names of thousands of classes a few hundred.
    private const long MaxLength = 1 << 24;

    private readonly JsonElement _object;

    private ConfigFile(string name, JsonElement element) => (Name, _object) = (name, element);

    /// <summary>The path of the file.</summary>
    public string Name { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">It is not a JSON object, or too large for a configuration.</exception>
    public static ConfigFile Read(string path)
    {
        if (new FileInfo(path).Length > MaxLength)
            throw new InvalidDataException($"{path} is larger than {MaxLength} bytes, so it is not a model's configuration.");
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new(path, document.RootElement.Clone())
                : throw new InvalidDataException($"{path} is not a JSON object, which a model's configuration must be.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is not JSON, which a model's configuration must be: {e.Message}", e);
        }
    }

    /// <summary>Whether there is an entry that is not null.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>Returns the object of an entry, or null where there is none.</summary>
    public ConfigFile? Object(string key) => Find(key) is { ValueKind: JsonValueKind.Object } value ? new(Name, value) : null;

    /// <summary>Returns a text, or null where there is none.</summary>
    /// <exception cref="InvalidDataException">It is not a text.</exception>
    public string? Text(string key) => Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString() : throw Invalid(key, "a text");

    /// <summary>Returns a flag, or null where there is none.</summary>
    /// <exception cref="InvalidDataException">It is neither true nor false.</exception>
    public bool? Flag(string key) => Find(key)?.ValueKind switch
    {
        null => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Invalid(key, "true or false"),
    };

    /// <summary>Returns a number, or null where there is none.</summary>
    /// <exception cref="InvalidDataException">It is not a number.</exception>
    public double? Number(string key) => Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number ? value.GetDouble() : throw Invalid(key, "a number");

    /// <summary>Returns a list of numbers, or a single number as a list of one; null where there is none.</summary>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public double[]? Numbers(string key)
    {
        if (Find(key) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.Number)
            return [value.GetDouble()];
        return value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.Number)
            ? [.. value.EnumerateArray().Select(v => v.GetDouble())]
            : throw Invalid(key, "a list of numbers");
    }

    /// <summary>Returns three numbers, one for each channel; a single number counts for all. Null where there is none.</summary>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public double[]? Channels(string key) => Numbers(key) switch
    {
        null => null,
        [var same] => [same, same, same],
        { Length: 3 } three => three,
        _ => throw Invalid(key, "three numbers, one for each channel"),
    };

    /// <summary>Returns the error that an entry is invalid or not supported.</summary>
    /// <param name="key">The entry, whose value is quoted.</param>
    /// <param name="rule">What it must be.</param>
    public InvalidDataException Invalid(string key, string rule) => new(
        $"{Name}: \"{key}\": {Find(key)?.GetRawText() ?? "null"} is not supported; it must be {rule}. "
        + "Give the preprocessing yourself instead (--resize, --crop, --mean and --std, or the option Preprocessing).");

    private JsonElement? Find(string key) =>
        _object.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
