using System.Globalization;
using TransferKit.Images;

namespace TransferKit.Pipelines.Saving;

/// <summary>The part of a preprocessing that is not in the ONNX model, as text in a saved model: <c>256,224,Bilinear</c>.</summary>
internal static class Settings
{
    public static string Format(Preprocessing preprocessing) =>
        string.Create(CultureInfo.InvariantCulture, $"{preprocessing.Resize},{preprocessing.Crop},{preprocessing.Interpolation}");

    public static Preprocessing Parse(string settings) => settings.Split(',') is [var resize, var crop, var interpolation]
        ? Preprocessing.ImageNet with
        {
            Resize = int.Parse(resize, CultureInfo.InvariantCulture),
            Crop = int.Parse(crop, CultureInfo.InvariantCulture),
            Interpolation = Enum.Parse<Interpolation>(interpolation),
        }
        : throw new InvalidDataException($"The saved preprocessing '{settings}' is not of the form 256,224,Bilinear.");
}
