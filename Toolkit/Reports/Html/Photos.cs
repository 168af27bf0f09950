using TransferKit.Images;
using TransferKit.Pipelines.Explaining;
using static TransferKit.Display.Html;

namespace TransferKit.Toolkit.Reports.Html;

/// <summary>Photographs within a page.</summary>
internal static class Photos
{
    private static readonly Preprocessing Small = Preprocessing.ImageNet with { Resize = 160, Crop = 160 };

    /// <summary>Figures one after the other.</summary>
    public static string Row(IEnumerable<string> figures) => $"<div class=\"photos\">{string.Concat(figures)}</div>";

    /// <summary>A photo with its file's name and a text.</summary>
    public static string Figure(string file, string caption) => Figure(caption, [file], (Read(file), file));

    /// <summary>Two photos side by side.</summary>
    public static string Pair(string one, string other, string caption) => Figure(caption, [one, other], (Read(one), one), (Read(other), other));

    /// <summary>A photo, and where in it the model saw what it predicted.</summary>
    public static string Explained(ImageExplainer explainer, string file, string predicted, string caption)
    {
        var picture = Read(file);
        var seen = explainer.Explain(new ImageSource(picture), predicted).Map.Overlay(picture);
        return Figure(caption, [file], (picture, file), (seen, "where it is seen"));
    }

    private static Picture Read(string file) => new ImageSource(file).Decode();

    private static string Figure(string caption, IEnumerable<string> files, params (Picture Picture, string Text)[] shown) =>
        $"<figure{(shown.Length > 1 ? " class=\"pair\"" : "")}>{string.Join(' ', shown.Select(s => Small.ResizeAndCrop(s.Picture).ToImgElement(Path.GetFileName(s.Text))))}<figcaption>{Text(caption)}<br>{Text(string.Join(", ", files.Select(Path.GetFileName)))}</figcaption></figure>";
}
