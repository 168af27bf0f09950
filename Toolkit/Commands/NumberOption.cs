using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace TransferKit.Toolkit.Commands;

/// <summary>Creates options that are numbers within a range.</summary>
internal static class NumberOption
{
    /// <summary>Creates an option.</summary>
    /// <param name="name">The name, such as "--top".</param>
    /// <param name="description">The help text.</param>
    /// <param name="value">The default value.</param>
    /// <param name="isValid">Whether a number is within the range.</param>
    /// <param name="rule">The range in words, such as "at least 1 (3 is a good start)".</param>
    public static Option<T> Create<T>(string name, string description, T value, Func<T, bool> isValid, string rule)
        where T : struct, INumber<T>
    {
        var option = OptimizationArguments.WithDefault(name, description, value);
        option.Validators.Add(result =>
        {
            // The parser itself reports what is no number.
            if (result.Tokens is [{ Value: var text }] && T.TryParse(text, CultureInfo.InvariantCulture, out var number)
                && !isValid(number))
                result.AddError($"{name} {text} is invalid: it must be {rule}.");
        });
        return option;
    }
}
