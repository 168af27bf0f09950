using TransferKit.Weights;

namespace TransferKit.Pipelines.Samples;

/// <summary>A small labeled set of drawn photographs of flowers, to try things on where there are no photographs.</summary>
public static class SamplePhotos
{
    /// <summary>The kinds that can be drawn.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [.. Flower.Kinds.Select(k => k.Name)];

    /// <summary>Draws photographs into a folder, one sub-folder for each kind; the same seed draws the same.</summary>
    /// <param name="folder">The folder; made if it is not there. Files of the same names are replaced.</param>
    /// <param name="classes">How many kinds, 2 to all.</param>
    /// <param name="perClass">How many photographs of each, 1 or more.</param>
    /// <param name="seed">Of everything random.</param>
    /// <returns>The number of files.</returns>
    /// <exception cref="ArgumentException">A number is impossible.</exception>
    public static int Draw(string folder, int classes = 5, int perClass = 40, int seed = 1)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (classes < 2 || classes > Kinds.Count)
            throw new ArgumentException($"{classes} classes are impossible: 2 to {Kinds.Count} ({string.Join(", ", Kinds)}).", nameof(classes));
        if (perClass < 1)
            throw new ArgumentException($"{perClass} photographs of each class are impossible: 1 or more; 40 are usual.", nameof(perClass));
        Parallel.For(0, classes * perClass, i =>
        {
            var (name, draw) = Flower.Kinds[i / perClass];
            byte[] jpeg = Scene.Jpeg(draw, new Random(unchecked(seed * 1_000_003 + i / perClass * 10_007 + i % perClass)));
            AtomicFile.Write(Path.Combine(folder, name, $"{i % perClass:000}.jpg"), stream => stream.Write(jpeg));
        });
        return classes * perClass;
    }
}
