using TransferKit.Engines.Quantization;

namespace TransferKit.Tests.Featurizers.Engines.Quantization;

public class EvenSampleTests
{
    [Fact]
    public void A_sample_is_spread_evenly()
    {
        Assert.Equal([0, 1, 2], EvenSample.Of(Enumerable.Range(0, 3), 4));
        Assert.Equal([0, 4, 8, 12], EvenSample.Of(Enumerable.Range(0, 14), 4));
        Assert.Empty(EvenSample.Of(Array.Empty<int>(), 4));
    }

    [Fact]
    public void A_sample_has_at_least_half_as_many_elements_as_asked_for()
    {
        for (int length = 1; length < 200; length++)
            for (int count = 1; count <= 20; count++)
                Assert.InRange(EvenSample.Of(Enumerable.Range(0, length), count).Count, Math.Min(length, (count + 1) / 2), count);
    }
}
