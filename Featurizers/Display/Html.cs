using System.Globalization;
using System.Net;

namespace TransferKit.Display;

/// <summary>Pieces of pages.</summary>
public static class Html
{
    /// <summary>Text as a page shows it.</summary>
    public static string Text(string text) => WebUtility.HtmlEncode(text);

    /// <summary>A number as numbers are written in a page, whatever the machine's language.</summary>
    public static string Number(double value, string format = "0.##") => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>A part as a percentage.</summary>
    public static string Percent(double part) => Number(100 * part, "0.0") + " %";

    /// <summary>A piece that reads well wherever it is put, on light and dark pages: its style comes with it.</summary>
    public static string Fragment(params IEnumerable<string> content) => $"<div class=\"transferkit\"><style>{Style}</style>{string.Concat(content)}</div>";

    /// <summary>The style of tables, charts and pictures, for all that is within the class <c>transferkit</c>.</summary>
    public static string Style { get; } = ReadStyle();

    /// <summary>A part of a page under a heading; nothing where there is no content.</summary>
    public static string Section(string title, params IEnumerable<string> content) =>
        string.Concat(content) is { Length: > 0 } all ? $"<section><h2>{Text(title)}</h2>{all}</section>\n" : "";

    /// <summary>A remark below a heading.</summary>
    public static string Remark(string text) => $"<p class=\"soft\">{Text(text)}</p>";

    /// <summary>A table, its cells being HTML, that scrolls where it is too wide.</summary>
    public static string Table(IEnumerable<string> head, IEnumerable<IEnumerable<string>> rows) =>
        $"<div class=\"wide\"><table><tr>{string.Concat(head.Select(h => $"<th>{Text(h)}</th>"))}</tr>{string.Concat(rows.Select(r => $"<tr>{string.Concat(r.Select(c => $"<td>{c}</td>"))}</tr>"))}</table></div>";

    /// <summary>A list, its items being text.</summary>
    public static string List(IEnumerable<string> items) => string.Concat(items.Select(i => $"<li>{Text(i)}</li>")) is { Length: > 0 } all ? $"<ul>{all}</ul>" : "";

    private static string ReadStyle()
    {
        using var css = new StreamReader(typeof(Html).Assembly.GetManifestResourceStream("display.css")!);
        return css.ReadToEnd();
    }
}
