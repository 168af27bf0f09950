namespace TransferKit.Display;

/// <summary>
/// Creates the formatters of every <see cref="IDisplayable"/> for .NET Interactive, which finds the method by its name.
/// </summary>
public sealed class DisplayFormatters
{
    private readonly object[] _formatters =
    [
        new DisplayFormatter("text/html", displayable => displayable.ToHtml()),
        new DisplayFormatter("text/plain", displayable => displayable.ToString()),
    ];

    /// <summary>Returns a formatter for HTML and one for text.</summary>
    public IEnumerable<object> CreateTypeFormatters() => _formatters;
}
