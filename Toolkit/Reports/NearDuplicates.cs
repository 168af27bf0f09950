using System.Numerics.Tensors;

namespace TransferKit.Toolkit.Reports;

/// <summary>A test image and its nearest training image.</summary>
/// <param name="Test">The path of the test image.</param>
/// <param name="Train">The path of the training image.</param>
/// <param name="Similarity">The cosine similarity of their features, at most 1 (identical images).</param>
internal sealed record NearestPair(string Test, string Train, double Similarity);

/// <summary>Finds test images that also occur, nearly unchanged, among the training images; they make the accuracy look too high.</summary>
internal static class NearDuplicates
{
    /// <summary>The cosine similarity from which two photos count as near-duplicates.</summary>
    /// <remarks>Re-encoded or resized copies of a photo reach it; different photos of the same object do not.</remarks>
    public const double Threshold = 0.98;

    // Comparing more pairs would take longer than the training.
    private const long MaxPairs = 50_000_000;

    /// <summary>Returns whether so many images can be compared in a reasonable time.</summary>
    /// <param name="train">The number of training images.</param>
    /// <param name="test">The number of test images.</param>
    public static bool CanCompare(int train, int test) => (long)train * test <= MaxPairs;

    /// <summary>Finds the nearest training image of each test image.</summary>
    /// <param name="train">The paths of the training images.</param>
    /// <param name="trainFeatures">Their feature vectors.</param>
    /// <param name="test">The paths of the test images.</param>
    /// <param name="testFeatures">Their feature vectors.</param>
    /// <returns>A pair for each test image, the most similar ones first.</returns>
    public static IReadOnlyList<NearestPair> Find(
        IReadOnlyList<string> train, IEnumerable<float[]> trainFeatures, IReadOnlyList<string> test, IEnumerable<float[]> testFeatures)
    {
        float[][] gallery = [.. trainFeatures.Select(f => VectorMath.Normalize(f))];
        var queries = test.Zip(testFeatures.ToList());
        return [.. queries.AsParallel().AsOrdered().Select(query =>
        {
            float[] features = VectorMath.Normalize(query.Second);
            float[] similarities = [.. gallery.Select(g => TensorPrimitives.Dot<float>(g, features))];
            int nearest = Array.IndexOf(similarities, similarities.Max());
            return new NearestPair(query.First, train[nearest], similarities[nearest]);
        }).OrderByDescending(pair => pair.Similarity)];
    }
}
