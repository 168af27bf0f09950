namespace TransferKit.Display;

/// <summary>
/// Tells .NET Interactive which class formats a type in notebooks. The kernel finds the attribute by its name and its property, so no
/// reference to .NET Interactive is needed (dotnet/interactive, Formatter.cs, "convention based formatter sources").
/// </summary>
/// <param name="formatterSourceType">A class with a method <c>CreateTypeFormatters</c>, such as <see cref="DisplayFormatters"/>.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
public sealed class TypeFormatterSourceAttribute(Type formatterSourceType) : Attribute
{
    /// <summary>The class that creates the formatters.</summary>
    public Type FormatterSourceType { get; } = formatterSourceType;
}
