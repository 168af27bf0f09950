using TransferKit.Images;
using static TransferKit.Display.Html;

namespace TransferKit.Display;

/// <summary>Pictures beside each other, each with a line below it.</summary>
[TypeFormatterSource(typeof(DisplayFormatters))]
public sealed class PictureSheet(params IEnumerable<(Picture Picture, string Caption)> pictures) : IDisplayable
{
    private readonly (Picture Picture, string Caption)[] _pictures = [.. pictures];

    /// <inheritdoc/>
    public string ToHtml() => Fragment($"<div class=\"photos\">{string.Concat(_pictures.Select(p => $"<figure>{p.Picture.Thumbnail(320).ToImgElement(p.Caption)}<figcaption>{Text(p.Caption)}</figcaption></figure>"))}</div>");

    /// <inheritdoc/>
    public override string ToString() => string.Join('\n', _pictures.Select(p => $"{p.Picture}: {p.Caption}"));
}
