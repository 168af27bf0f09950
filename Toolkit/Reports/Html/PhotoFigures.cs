using TransferKit.Images;
using TransferKit.Pipelines.Explaining;
using static TransferKit.Display.Html;

namespace TransferKit.Toolkit.Reports.Html;

/// <summary>HTML figures of photos, with the pixels embedded in the page.</summary>
internal static class PhotoFigures
{
    private static readonly Preprocessing Thumbnail = Preprocessing.ImageNet with { Resize = 160, Crop = 160 };

    /// <summary>Puts figures beside each other; they wrap where the page is narrow.</summary>
    /// <param name="figures">The figures.</param>
    public static string Row(IEnumerable<string> figures) => $"<div class=\"photos\">{string.Concat(figures)}</div>";

    /// <summary>Creates a figure of a photo.</summary>
    /// <param name="file">The path of the photo.</param>
    /// <param name="caption">The text below it; the name of the file follows.</param>
    public static string Figure(string file, string caption) => Figure([Image(Read(file), file)], caption, file);

    /// <summary>Creates a figure of two photos side by side.</summary>
    /// <param name="first">The path of the left photo.</param>
    /// <param name="second">The path of the right photo.</param>
    /// <param name="caption">The text below them; the names of the files follow.</param>
    public static string Pair(string first, string second, string caption) =>
        Figure([Image(Read(first), first), Image(Read(second), second)], caption, first, second);

    /// <summary>Creates a figure of a photo and of its class activation map.</summary>
    /// <param name="explainer">Computes the map.</param>
    /// <param name="file">The path of the photo.</param>
    /// <param name="label">The label that the map is for.</param>
    /// <param name="caption">The text below them; the name of the file follows.</param>
    public static string WithMap(ImageExplainer explainer, string file, string label, string caption)
    {
        var photo = Read(file);
        var overlay = explainer.Explain(new ImageSource(photo), label).Map.Overlay(photo);
        return Figure([Image(photo, file), Image(overlay, "class activation map")], caption, file);
    }

    private static Picture Read(string file) => new ImageSource(file).Decode();

    private static string Image(Picture picture, string alternative) =>
        Thumbnail.ResizeAndCrop(picture).ToImgElement(Path.GetFileName(alternative));

    private static string Figure(string[] images, string caption, params string[] files)
    {
        string style = images.Length > 1 ? " class=\"pair\"" : "";
        string names = string.Join(", ", files.Select(Path.GetFileName));
        return $"<figure{style}>{string.Join(' ', images)}<figcaption>{Text(caption)}<br>{Text(names)}</figcaption></figure>";
    }
}
