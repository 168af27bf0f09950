using System.CommandLine;

namespace TransferKit.Toolkit.Commands;

/// <summary>Refuses options that would silently be ignored.</summary>
internal static class IgnoredOption
{
    /// <summary>Refuses an option that the user has given, although another option leaves it without effect.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="option">The option without effect.</param>
    /// <param name="reason">Why, such as <c>without --mode last-layers</c>.</param>
    /// <exception cref="ArgumentException">The option was given.</exception>
    public static void Refuse(ParseResult parsed, Option option, string reason)
    {
        if (parsed.GetResult(option) is { Implicit: false })
            throw new ArgumentException($"{option.Name} has no effect {reason}: leave it out.");
    }
}
