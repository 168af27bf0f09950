namespace TransferKit.Display;

/// <summary>Formats an <see cref="IDisplayable"/> for .NET Interactive, which finds the two members by their names.</summary>
/// <param name="mimeType">The MIME type of the output.</param>
/// <param name="format">Returns the output.</param>
public sealed class DisplayFormatter(string mimeType, Func<IDisplayable, string> format)
{
    /// <summary>The MIME type of the output.</summary>
    public string MimeType => mimeType;

    /// <summary>Writes an object if it is an <see cref="IDisplayable"/>.</summary>
    /// <param name="instance">The object.</param>
    /// <param name="writer">Receives the output.</param>
    /// <returns>Whether the object was written.</returns>
    public bool Format(object instance, TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (instance is not IDisplayable displayable)
            return false;
        writer.Write(format(displayable));
        return true;
    }
}
