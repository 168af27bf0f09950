using Microsoft.ML.Data;
using TransferKit.Images;

namespace TransferKit.Pipelines.Featurizing;

/// <summary>Converts between <see cref="MLImage"/> and <see cref="Picture"/>.</summary>
internal static class MLImages
{
    /// <summary>Copies the pixels of an <see cref="MLImage"/>.</summary>
    /// <param name="image">The image, in either of its pixel formats.</param>
    /// <exception cref="ImageFormatException">The image is null.</exception>
    public static Picture ToPicture(MLImage? image)
    {
        if (image is null)
            throw new ImageFormatException("The image of a row is missing.");
        byte[] pixels = image.Pixels.ToArray();
        if (image.PixelFormat == MLPixelFormat.Bgra32)
            for (int i = 0; i < pixels.Length; i += 4)
                (pixels[i], pixels[i + 2]) = (pixels[i + 2], pixels[i]);
        return new Picture(image.Width, image.Height, pixels);
    }

    /// <summary>Copies pixels into an opaque <see cref="MLImage"/>.</summary>
    /// <param name="picture">The pixels; their alpha is ignored.</param>
    public static MLImage ToMLImage(Picture picture)
    {
        byte[] pixels = picture.Pixels.ToArray();
        // MLImage blends by alpha, whereas a Picture only keeps the alpha of its file.
        for (int i = 3; i < pixels.Length; i += 4)
            pixels[i] = 255;
        return MLImage.CreateFromPixels(picture.Width, picture.Height, MLPixelFormat.Rgba32, pixels);
    }
}
