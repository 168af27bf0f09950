using TransferKit.Images;
using static TransferKit.Display.Html;

namespace TransferKit.Display;

/// <summary>Images next to each other, each with a caption below it.</summary>
/// <param name="pictures">The images with their captions.</param>
[TypeFormatterSource(typeof(DisplayFormatters))]
public sealed class ImageGrid(params IEnumerable<(Picture Picture, string Caption)> pictures) : IDisplayable
{
    private const int LongestSide = 320;

    private readonly (Picture Picture, string Caption)[] _pictures = [.. pictures];

    /// <inheritdoc/>
    public string ToHtml() => Fragment($"<div class=\"photos\">{string.Concat(_pictures.Select(Figure))}</div>");

    /// <summary>Returns a line for each image: its size and its caption.</summary>
    public override string ToString() => string.Join('\n', _pictures.Select(entry => $"{entry.Picture}: {entry.Caption}"));

    private static string Figure((Picture Picture, string Caption) entry)
    {
        string image = entry.Picture.Thumbnail(LongestSide).ToImgElement(entry.Caption);
        return $"<figure>{image}<figcaption>{Text(entry.Caption)}</figcaption></figure>";
    }
}
