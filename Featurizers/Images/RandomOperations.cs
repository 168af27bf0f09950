namespace TransferKit.Images;

/// <summary>Applies random operations of equal magnitude (RandAugment, Cubuk et al. 2019, arXiv:1909.13719).</summary>
internal static class RandomOperations
{
    // At magnitude 1 these are torchvision's ranges.
    private static readonly Func<Picture, double, Picture>[] All =
    [
        (picture, _) => picture,
        (picture, signed) => PictureEffects.Shear(picture, 0.3 * signed, 0),
        (picture, signed) => PictureEffects.Shear(picture, 0, 0.3 * signed),
        (picture, signed) => PictureEffects.Translate(picture, 0.45 * signed, 0),
        (picture, signed) => PictureEffects.Translate(picture, 0, 0.45 * signed),
        (picture, signed) => PictureEffects.Rotate(picture, 30 * signed),
        (picture, signed) => PictureEffects.Brightness(picture, 1 + 0.9 * signed),
        (picture, signed) => PictureEffects.Contrast(picture, 1 + 0.9 * signed),
        (picture, signed) => PictureEffects.Saturation(picture, 1 + 0.9 * signed),
        (picture, signed) => PictureEffects.Posterize(picture, droppedBits: (int)Math.Round(4 * Math.Abs(signed))),
        (picture, signed) => PictureEffects.Solarize(picture, threshold: 256 * (1 - Math.Abs(signed))),
    ];

    /// <summary>Applies one random operation.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="magnitude">The strength, from 0 to 1; its sign is random.</param>
    /// <param name="random">The source of random numbers.</param>
    public static Picture Apply(Picture picture, double magnitude, Random random) =>
        All[random.Next(All.Length)](picture, random.Next(2) == 0 ? magnitude : -magnitude);
}
