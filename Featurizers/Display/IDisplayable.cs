namespace TransferKit.Display;

/// <summary>Something that people look at: it shows itself as a piece of a page in notebooks, and as text elsewhere.</summary>
public interface IDisplayable
{
    /// <summary>HTML that needs nothing around it and reads well on light and dark pages.</summary>
    string ToHtml();

    /// <summary>The same as text.</summary>
    string ToString();
}

/// <summary>
/// Tells .NET Interactive who formats a type. It goes by this name and this property, so that nothing has to be referenced
/// (dotnet/interactive, Formatter.cs, "convention based formatter sources").
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
public sealed class TypeFormatterSourceAttribute(Type formatterSourceType) : Attribute
{
    /// <summary>A type with a method <c>CreateTypeFormatters</c>.</summary>
    public Type FormatterSourceType { get; } = formatterSourceType;
}

/// <summary>The formatters of everything that is <see cref="IDisplayable"/>.</summary>
public sealed class DisplayFormatters
{
    private readonly object[] _formatters = [new DisplayFormatter("text/html", d => d.ToHtml()), new DisplayFormatter("text/plain", d => d.ToString())];

    /// <summary>One for pages and one for text.</summary>
    public IEnumerable<object> CreateTypeFormatters() => _formatters;
}

/// <summary>Writes an <see cref="IDisplayable"/>; .NET Interactive finds its two members by their names.</summary>
/// <param name="mimeType">The type of what it writes.</param>
/// <param name="text">What is written.</param>
public sealed class DisplayFormatter(string mimeType, Func<IDisplayable, string> text)
{
    /// <summary>The type of what it writes.</summary>
    public string MimeType => mimeType;

    /// <summary>Writes it, or says that it is something else.</summary>
    public bool Format(object instance, TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (instance is not IDisplayable displayable)
            return false;
        writer.Write(text(displayable));
        return true;
    }
}
