namespace TransferKit.Tests.Featurizers;

public class VectorMathTests
{
    [Fact]
    public void Softmax_gives_probabilities()
    {
        float[] probabilities = VectorMath.Softmax([1, 2, 3]);
        double sum = Math.Exp(1) + Math.Exp(2) + Math.Exp(3);
        Assert.Equal(Math.Exp(1) / sum, probabilities[0], 1e-6);
        Assert.Equal(Math.Exp(2) / sum, probabilities[1], 1e-6);
        Assert.Equal(Math.Exp(3) / sum, probabilities[2], 1e-6);
    }

    [Fact]
    public void Softmax_of_large_logits_does_not_overflow() => Assert.Equal([0.5f, 0.5f, 0], VectorMath.Softmax([1000, 1000, -1000]));

    [Fact]
    public void Softmax_may_be_computed_in_place()
    {
        float[] values = [1, 2, 3];
        VectorMath.Softmax(values, values);
        Assert.Equal(VectorMath.Softmax([1, 2, 3]), values);
    }

    [Fact]
    public void A_vector_is_scaled_to_length_1() => Assert.Equal([0.6f, 0.8f], VectorMath.Normalize([3, 4]));

    [Fact]
    public void A_vector_of_length_0_stays_as_it_is() => Assert.Equal([0f, 0f], VectorMath.Normalize([0, 0]));
}
