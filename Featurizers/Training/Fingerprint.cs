using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using TransferKit.Backbones;
using TransferKit.Graphs;

namespace TransferKit.Training;

/// <summary>
/// Everything that influences the result of a training, as text by name. An interrupted training may only be resumed with an equal one.
/// </summary>
internal static class Fingerprint
{
    private const string Nothing = "nothing";

    /// <summary>Describes a training.</summary>
    /// <param name="options">All their public properties are included but those marked <see cref="NotInFingerprintAttribute"/>.</param>
    /// <param name="graph">The network.</param>
    /// <param name="train">The training images with their labels.</param>
    /// <param name="validation">The validation images with their labels.</param>
    /// <param name="further">What else influences the result.</param>
    public static SortedDictionary<string, string> Of(TrainingOptions options, Graph graph, IReadOnlyList<Example> train,
        IReadOnlyList<Example> validation, params IEnumerable<(string Name, object Value)> further)
    {
        var fingerprint = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in PropertiesOf(options))
            fingerprint[property.Name] = Describe(property.GetValue(options));
        fingerprint["images"] = $"{train.Count} and {validation.Count}, hash {Hash(train.Concat(validation))}";
        fingerprint["network"] = $"hash {Hash(GraphText.Write(graph))}";
        foreach (var (name, value) in further)
            fingerprint[name] = Describe(value);
        return fingerprint;
    }

    /// <summary>Describes the first difference of two fingerprints, or returns null where they are equal.</summary>
    public static string? Difference(IReadOnlyDictionary<string, string> saved, IReadOnlyDictionary<string, string> current)
    {
        foreach (string name in saved.Keys.Union(current.Keys))
        {
            string before = saved.GetValueOrDefault(name, Nothing), now = current.GetValueOrDefault(name, Nothing);
            if (before != now)
                return $"{name} was {before} and is now {now}";
        }
        return null;
    }

    /// <summary>The first 16 hexadecimal digits of the SHA-256 hash of a text.</summary>
    public static string Hash(string text) => Digits(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static IEnumerable<PropertyInfo> PropertiesOf(object value) =>
        value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.CanRead && p.GetIndexParameters().Length == 0 && !p.IsDefined(typeof(NotInFingerprintAttribute)));

    private static string Describe(object? value) => value switch
    {
        null => Nothing,
        string text => text,
        Backbone backbone => backbone.Name,
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        bool => $"{value}",
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Describe))}]",
        _ when IsRecord(value.GetType()) => $"({string.Join(", ", PropertiesOf(value).Select(p => Describe(p, value)))})",
        _ => throw new NotSupportedException($"An option of type {value.GetType()} cannot be compared when a training is resumed: "
            + $"make it a record, or mark it with {nameof(NotInFingerprintAttribute)}."),
    };

    private static string Describe(PropertyInfo property, object record) => $"{property.Name} {Describe(property.GetValue(record))}";

    // The compiler gives every record this method.
    private static bool IsRecord(Type type) => type.IsValueType || type.GetMethod("<Clone>$") is not null;

    private static string Hash(IEnumerable<Example> examples)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var example in examples)
        {
            hash.AppendData(BitConverter.GetBytes(example.Label));
            hash.AppendData(example.Image.Hash());
        }
        return Digits(hash.GetHashAndReset());
    }

    private static string Digits(byte[] hash) => Convert.ToHexStringLower(hash)[..16];
}
