using System.Globalization;
using System.Net;

namespace TransferKit.Display;

/// <summary>
/// Builds the HTML of results: in notebooks, reports and pages. Text is encoded unless a parameter is said to be HTML.
/// </summary>
public static class Html
{
    /// <summary>The style sheet of tables, charts and images, for elements within the class <c>transferkit</c>.</summary>
    public static string Style { get; } = ReadStyle();

    /// <summary>Encodes text for HTML.</summary>
    /// <param name="text">The text.</param>
    public static string Text(string text) => WebUtility.HtmlEncode(text);

    /// <summary>Formats a number independently of the culture: <c>0.5</c>.</summary>
    /// <param name="value">The number.</param>
    /// <param name="format">A .NET format string.</param>
    public static string Number(double value, string format = "0.##") => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>Formats a fraction as a percentage: 0.985 as <c>98.5 %</c>.</summary>
    /// <param name="fraction">The fraction, from 0 to 1.</param>
    public static string Percent(double fraction) => Number(100 * fraction, "0.0") + " %";

    /// <summary>
    /// Wraps content with its style sheet, so that it can be put into any page. It reads well on light and dark backgrounds.
    /// </summary>
    /// <param name="content">HTML.</param>
    public static string Fragment(params IEnumerable<string> content) =>
        $"<div class=\"transferkit\"><style>{Style}</style>{string.Concat(content)}</div>";

    /// <summary>Returns a section with a heading, or nothing if the content is empty.</summary>
    /// <param name="title">The heading.</param>
    /// <param name="content">HTML.</param>
    public static string Section(string title, params IEnumerable<string> content) =>
        string.Concat(content) is { Length: > 0 } html ? $"<section><h2>{Text(title)}</h2>{html}</section>\n" : "";

    /// <summary>Returns a paragraph of explanation in small, gray type.</summary>
    /// <param name="text">The text.</param>
    public static string Remark(string text) => $"<p class=\"soft\">{Text(text)}</p>";

    /// <summary>Returns a table. It scrolls horizontally where it is too wide.</summary>
    /// <param name="header">The names of the columns.</param>
    /// <param name="rows">The cells of each row, as HTML.</param>
    public static string Table(IEnumerable<string> header, IEnumerable<IEnumerable<string>> rows)
    {
        string headerRow = string.Concat(header.Select(name => $"<th>{Text(name)}</th>"));
        var bodyRows = rows.Select(row => $"<tr>{string.Concat(row.Select(cell => $"<td>{cell}</td>"))}</tr>");
        return $"<div class=\"wide\"><table><tr>{headerRow}</tr>{string.Concat(bodyRows)}</table></div>";
    }

    /// <summary>Returns a bullet list, or nothing if there are no items.</summary>
    /// <param name="items">The text of each item.</param>
    public static string List(IEnumerable<string> items) =>
        string.Concat(items.Select(item => $"<li>{Text(item)}</li>")) is { Length: > 0 } html ? $"<ul>{html}</ul>" : "";

    private static string ReadStyle()
    {
        using var css = new StreamReader(typeof(Html).Assembly.GetManifestResourceStream("display.css")!);
        return css.ReadToEnd();
    }
}
