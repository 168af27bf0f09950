using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace TransferKit.Toolkit;

/// <summary>Says what is wrong with a command line, without the names of .NET's types, and suggests what was probably meant.</summary>
internal static partial class UsageErrors
{
    /// <summary>Returns a sentence for each error; none for a correct command line.</summary>
    /// <param name="parsed">The command line.</param>
    public static IReadOnlyList<string> Of(ParseResult parsed)
    {
        string[] unknown = [.. UnknownWords(parsed)];
        var others = parsed.Errors.Where(e => !IsAboutUnknownWord(e, anyIsUnknown: unknown.Length > 0)).Select(Explain);
        return [.. unknown.Concat(others).Distinct()];
    }

    private static IEnumerable<string> UnknownWords(ParseResult parsed)
    {
        var subcommands = parsed.CommandResult.Command.Subcommands;
        // What follows an unknown command cannot be judged.
        if (subcommands.Count > 0 && parsed.UnmatchedTokens is [var name, ..] && !IsLikeOption(name))
            return [Suggestion.Unknown("command", name, [.. subcommands.Select(c => c.Name)])];
        string[] options = [.. parsed.UnmatchedTokens.Concat(ArgumentsLikeOptions(parsed)).Where(IsLikeOption)];
        if (options.Length > 0)
            return options.Select(o => Suggestion.Unknown("option", o, [.. OptionNames(parsed.CommandResult)]));
        return parsed.UnmatchedTokens.Select(t => $"Unexpected argument '{t}'.");
    }

    // An argument of any number of files takes mistyped options as well.
    private static IEnumerable<string> ArgumentsLikeOptions(ParseResult parsed) =>
        parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value)
            .Where(value => IsLikeOption(value) && !Path.Exists(value));

    private static bool IsLikeOption(string word) => word.Length > 1 && word[0] == '-';

    // A command takes the recursive options of those that it is a subcommand of, such as --help.
    private static IEnumerable<string> OptionNames(CommandResult result, bool recursiveOnly = false) =>
        result.Command.Options.Where(o => o.Recursive || !recursiveOnly).Select(o => o.Name)
            .Concat(result.Parent is CommandResult parent ? OptionNames(parent, recursiveOnly: true) : []);

    private static bool IsAboutUnknownWord(ParseError error, bool anyIsUnknown) => anyIsUnknown
        && (error.Message.StartsWith("Unrecognized command or argument", StringComparison.Ordinal)
            || error.Message.StartsWith("Required command was not provided", StringComparison.Ordinal)
            || (error.SymbolResult is ArgumentResult { Parent: CommandResult, Tokens: [var token] } && IsLikeOption(token.Value)));

    // The library gives errors as texts only.
    private static string Explain(ParseError error)
    {
        if (Unparsable().Match(error.Message) is { Success: true } unparsable)
        {
            string value = unparsable.Groups["value"].Value;
            if (Rule(error.SymbolResult, value) is { } rule)
                return $"{Name(error.SymbolResult)} {value} is invalid: it must be {rule}.";
        }
        if (NoChoice().Match(error.Message) is { Success: true } choice)
            return $"{Name(error.SymbolResult)} {choice.Groups["value"].Value} is invalid: "
                + $"it must be {OneOf([.. choice.Groups["choice"].Captures.Select(c => c.Value)])}.";
        return error.Message;
    }

    private static string Name(SymbolResult? result) => result switch
    {
        OptionResult option => option.Option.Name,
        ArgumentResult { Parent: OptionResult option } => option.Option.Name,
        ArgumentResult argument => argument.Argument.Name,
        _ => "The value",
    };

    private static string? Rule(SymbolResult? result, string value)
    {
        var type = (result as OptionResult)?.Option.ValueType ?? (result as ArgumentResult)?.Argument.ValueType ?? typeof(string);
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsEnum)
            return OneOf(Enum.GetNames(type));
        return Type.GetTypeCode(type) switch
        {
            TypeCode.Int32 or TypeCode.Int64 when BigInteger.TryParse(value, CultureInfo.InvariantCulture, out _) => "a smaller number",
            TypeCode.Int32 or TypeCode.Int64 => "a whole number",
            TypeCode.Single or TypeCode.Double => "a number",
            _ => null,
        };
    }

    private static string OneOf(string[] choices) =>
        choices.Length == 1 ? choices[0] : $"{string.Join(", ", choices[..^1])} or {choices[^1]}";

    [GeneratedRegex("^Cannot parse argument '(?<value>.*?)' (?:for|as) ")]
    private static partial Regex Unparsable();

    [GeneratedRegex(@"^Argument '(?<value>.*)' not recognized\. Must be one of:(?:\s*'(?<choice>[^']*)')+")]
    private static partial Regex NoChoice();
}
