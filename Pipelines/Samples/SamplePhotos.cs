using TransferKit.Weights;

namespace TransferKit.Pipelines.Samples;

/// <summary>Draws a small labeled dataset of flower images, to try TransferKit without photographs.</summary>
public static class SamplePhotos
{
    /// <summary>The classes, which are kinds of flowers.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [.. Flower.Kinds.Select(k => k.Name)];

    /// <summary>Draws images into a folder with one subfolder for each class.</summary>
    /// <param name="folder">The folder; it is created if it does not exist. Files of the same names are replaced.</param>
    /// <param name="classes">The number of classes, from 2 to the number of <see cref="Kinds"/>.</param>
    /// <param name="perClass">The number of images per class, at least 1.</param>
    /// <param name="seed">The random seed; the same seed draws the same images.</param>
    /// <returns>The number of images.</returns>
    /// <exception cref="ArgumentException">A number is invalid.</exception>
    public static int Draw(string folder, int classes = 5, int perClass = 40, int seed = 1)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (classes < 2 || classes > Kinds.Count)
        {
            string kinds = string.Join(", ", Kinds);
            throw new ArgumentException($"{classes} classes are invalid: it must be 2 to {Kinds.Count} ({kinds}).", nameof(classes));
        }
        if (perClass < 1)
            throw new ArgumentException($"{perClass} images per class are invalid: it must be at least 1 (40 is usual).", nameof(perClass));
        Parallel.For(0, classes * perClass, i =>
        {
            int kind = i / perClass, number = i % perClass;
            var (name, draw) = Flower.Kinds[kind];
            byte[] jpeg = Scene.Jpeg(draw, new Random(unchecked(seed * 1_000_003 + kind * 10_007 + number)));
            AtomicFile.Write(Path.Combine(folder, name, $"{number:000}.jpg"), stream => stream.Write(jpeg));
        });
        return classes * perClass;
    }
}
