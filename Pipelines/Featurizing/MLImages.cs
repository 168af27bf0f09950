using Microsoft.ML.Data;
using TransferKit.Images;

namespace TransferKit.Pipelines.Featurizing;

/// <summary>Between ML.NET's images and ours.</summary>
internal static class MLImages
{
    /// <summary>Copies an image's pixels.</summary>
    /// <exception cref="ImageFormatException">The image is missing.</exception>
    public static Picture ToPicture(MLImage? image)
    {
        if (image is null)
            throw new ImageFormatException("A row has no image.");
        byte[] pixels = image.Pixels.ToArray();
        if (image.PixelFormat == MLPixelFormat.Bgra32)
            for (int i = 0; i < pixels.Length; i += 4)
                (pixels[i], pixels[i + 2]) = (pixels[i + 2], pixels[i]);
        return new Picture(image.Width, image.Height, pixels);
    }

    /// <summary>Copies pixels into an image, opaque.</summary>
    public static MLImage ToMLImage(Picture picture)
    {
        byte[] pixels = picture.Pixels.ToArray();
        // MLImage takes alpha for real; ours is whatever the file held.
        for (int i = 3; i < pixels.Length; i += 4)
            pixels[i] = 255;
        return MLImage.CreateFromPixels(picture.Width, picture.Height, MLPixelFormat.Rgba32, pixels);
    }
}
