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
    /// <exception cref="IOException">A file in the folder is another image, or the folder cannot be written.</exception>
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
        int count = classes * perClass;
        int lost = ParallelEnumerable.Range(0, count).FirstOrDefault(IsOtherImage, -1);
        if (lost >= 0)
            throw new IOException($"'{PathOf(lost)}' exists and is another image: name a new or an empty folder.");
        // What exists by now is the same image.
        Parallel.ForEach(Enumerable.Range(0, count).Where(i => !File.Exists(PathOf(i))),
            i => AtomicFile.Write(PathOf(i), stream => stream.Write(Jpeg(i))));
        return count;

        string PathOf(int i) => Path.Combine(folder, Flower.Kinds[i / perClass].Name, $"{i % perClass:000}.jpg");

        bool IsOtherImage(int i) => File.Exists(PathOf(i)) && !File.ReadAllBytes(PathOf(i)).AsSpan().SequenceEqual(Jpeg(i));

        byte[] Jpeg(int i)
        {
            var random = new Random(unchecked(seed * 1_000_003 + i / perClass * 10_007 + i % perClass));
            return Scene.Jpeg(Flower.Kinds[i / perClass].Draw, random);
        }
    }
}
