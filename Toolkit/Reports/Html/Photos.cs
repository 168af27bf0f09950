using TransferKit.Images;
using TransferKit.Pipelines.Explaining;
using static TransferKit.Toolkit.Reports.Html.Html;

namespace TransferKit.Toolkit.Reports.Html;

/// <summary>Photographs within a page.</summary>
internal static class Photos
{
    private static readonly Preprocessing Small = Preprocessing.ImageNet with { Resize = 160, Crop = 160 };

    /// <summary>A photo with its file's name and a text.</summary>
    public static string Figure(string file, string caption) =>
        $"<figure>{Image(Small.CropOf(new ImageSource(file).Decode()), file)}<figcaption>{Text(caption)}<br>{Text(Path.GetFileName(file))}</figcaption></figure>";

    /// <summary>Two photos side by side.</summary>
    public static string Pair(string one, string other, string caption) =>
        $"<figure class=\"pair\">{Image(Small.CropOf(new ImageSource(one).Decode()), one)} {Image(Small.CropOf(new ImageSource(other).Decode()), other)}<figcaption>{Text(caption)}<br>{Text(Path.GetFileName(one))}, {Text(Path.GetFileName(other))}</figcaption></figure>";

    /// <summary>A photo, and where in it the model saw what it predicted.</summary>
    public static string Explained(ImageExplainer explainer, string file, string predicted, string caption)
    {
        var picture = new ImageSource(file).Decode();
        var seen = explainer.Explain(new ImageSource(picture), predicted).Map.Over(picture);
        return $"<figure class=\"pair\">{Image(Small.CropOf(picture), file)} {Image(Small.CropOf(seen), "where it is seen")}<figcaption>{Text(caption)}<br>{Text(Path.GetFileName(file))}</figcaption></figure>";
    }

    private static string Image(Picture picture, string text) =>
        $"<img alt=\"{Text(Path.GetFileName(text))}\" loading=\"lazy\" src=\"data:image/jpeg;base64,{Convert.ToBase64String(ImageEncoder.Jpeg(picture, quality: 75))}\">";
}
