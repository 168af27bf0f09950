using TransferKit.Toolkit.Reports;

namespace TransferKit.Tests.Toolkit.Reports;

public sealed class NearDuplicatesTests
{
    [Fact]
    public void The_nearest_training_image_is_found_whatever_the_length_of_the_features()
    {
        var pairs = NearDuplicates.Find(["one", "two"], [[1, 0], [0, 2]], ["x", "y"], [[3, 4], [5, 0]]);
        Assert.Equal([("y", "one", 1.0), ("x", "two", 0.8)], pairs.Select(p => (p.Test, p.Train, Math.Round(p.Similarity, 6))));
    }

    [Fact]
    public void Too_many_images_are_not_compared()
    {
        Assert.True(NearDuplicates.CanCompare(5_000, 10_000));
        Assert.False(NearDuplicates.CanCompare(10_000, 10_000));
    }
}
