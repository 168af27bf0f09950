using System.Numerics.Tensors;

namespace TransferKit.Toolkit.Reports;

/// <summary>A test image with the training image that is most like it.</summary>
/// <param name="Test">The test image's path.</param>
/// <param name="Train">The training image's path.</param>
/// <param name="Similarity">The cosine between their features, 1 for the same picture.</param>
internal sealed record NearestPair(string Test, string Train, double Similarity);

/// <summary>How far apart training and test are: a test photo that was trained on, or nearly, proves nothing.</summary>
internal static class NearDuplicates
{
    /// <summary>From here on two photos count as nearly the same: re-encoded or resized copies reach it, other photos of the same thing do not.</summary>
    public const double Threshold = 0.98;

    // Beyond, comparing each with each would take longer than the training.
    private const long MostPairs = 50_000_000;

    /// <summary>Whether so many can be compared, each with each.</summary>
    public static bool CanCompare(int train, int test) => (long)train * test <= MostPairs;

    /// <summary>For each test image the nearest training image, the most alike first.</summary>
    public static IReadOnlyList<NearestPair> Find(IReadOnlyList<string> train, IEnumerable<float[]> trainFeatures, IReadOnlyList<string> test, IEnumerable<float[]> testFeatures)
    {
        float[][] known = [.. trainFeatures.Select(f => VectorMath.Normalize(f))], asked = [.. testFeatures];
        return [.. test.Zip(asked).AsParallel().AsOrdered().Select(t =>
        {
            float[] features = VectorMath.Normalize(t.Second);
            float[] similar = [.. known.Select(k => TensorPrimitives.Dot<float>(k, features))];
            int nearest = Array.IndexOf(similar, similar.Max());
            return new NearestPair(t.First, train[nearest], similar[nearest]);
        }).OrderByDescending(t => t.Similarity)];
    }
}
