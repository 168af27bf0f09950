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
            Add(property.Name, property.GetValue(options));
        fingerprint["images"] = $"{train.Count} and {validation.Count}";
        fingerprint["hash of the images"] = Hash(train.Concat(validation));
        fingerprint["hash of the network"] = Hash(GraphText.Write(graph));
        foreach (var (name, value) in further)
            Add(name, value);
        return fingerprint;

        // The members of a record are entries of their own, so that a difference names the one that differs.
        void Add(string name, object? value)
        {
            if (IsRecord(value))
                foreach (var member in PropertiesOf(value!))
                    Add($"{name}.{member.Name}", member.GetValue(value));
            else
                fingerprint[name] = Describe(value);
        }
    }

    /// <summary>
    /// Lists what keeps a training from resuming a saved one, such as <c>LayerDecay: 1, now 0.5</c>. More epochs do not.
    /// </summary>
    public static string[] Changes(IReadOnlyDictionary<string, string> saved, IReadOnlyDictionary<string, string> current) =>
    [
        .. from name in saved.Keys.Union(current.Keys)
           let before = saved.GetValueOrDefault(name, Nothing)
           let now = current.GetValueOrDefault(name, Nothing)
           where before != now && !(name == nameof(TrainingOptions.Epoch) && Number(now) > Number(before))
           select $"{name}: {before}, now {now}",
    ];

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
        _ => throw new NotSupportedException($"An option of type {value.GetType()} cannot be compared when a training is resumed: "
            + $"make it a record, or mark it with {nameof(NotInFingerprintAttribute)}."),
    };

    // The compiler gives every record class the method.
    private static bool IsRecord(object? value) =>
        value is not (null or string or Backbone or IFormattable or bool or IEnumerable)
        && (value is ValueType || value.GetType().GetMethod("<Clone>$") is not null);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

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
