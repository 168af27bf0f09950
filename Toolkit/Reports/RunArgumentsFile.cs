using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Reports;

/// <summary>The file of a run folder with the arguments of the command as text by name.</summary>
/// <param name="path">The file.</param>
internal sealed class RunArgumentsFile(string path)
{
    // These may change when a run is resumed: they do not change the weights of an epoch.
    private static readonly string[] Harmless = ["--out", "--resume", "--force", "--json", "--device", "--patience", "--probe"];

    /// <summary>Writes the arguments.</summary>
    public void Write(ParseResult parsed) =>
        AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, Read(parsed), JsonFormat.Options));

    /// <summary>Deletes the file.</summary>
    public void Delete() => File.Delete(path);

    /// <summary>The number of epochs in the file, or null without a file.</summary>
    public int? Epochs => int.TryParse(Saved().GetValueOrDefault("--epochs"), CultureInfo.InvariantCulture, out int epochs) ? epochs : null;

    /// <summary>
    /// Lists the options that have another value than in the file and would change the result, such as <c>--augment: light, now none</c>.
    /// </summary>
    public string[] Changes(ParseResult parsed)
    {
        var (saved, given) = (Saved(), Read(parsed));
        return [.. saved.Keys.Where(name => !Harmless.Contains(name) && saved[name] != given.GetValueOrDefault(name))
            .Where(name => name != "--epochs" || Number(saved[name]) > Number(given[name]))
            .Select(name => $"{name}: {saved[name] ?? "not given"}, now {given.GetValueOrDefault(name) ?? "not given"}")];
    }

    private static int Number(string? text) => int.Parse(text!, CultureInfo.InvariantCulture);

    private static Dictionary<string, string?> Read(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var arguments = command.Arguments.ToDictionary(a => a.Name, a => Given(parsed.GetResult(a)));
        foreach (var option in command.Options.Where(o => o.Name != "--help"))
            arguments[option.Name] = parsed.GetResult(option) is { } result ? Given(result) ?? Default(result) : null;
        return arguments;
    }

    private static string? Given(SymbolResult? result)
    {
        string values = string.Join(' ', result?.Tokens.Select(t => t.Value) ?? []);
        return values.Length > 0 || result is ArgumentResult ? values : null;
    }

    private static string? Default(OptionResult result) =>
        Convert.ToString(result.GetValueOrDefault<object>(), CultureInfo.InvariantCulture);

    private Dictionary<string, string?> Saved()
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<Dictionary<string, string?>>(File.ReadAllText(path)) ?? [] : [];
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{path}' cannot be read: {e.Message}", e);
        }
    }
}
