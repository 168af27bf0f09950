using System.Numerics.Tensors;

namespace TransferKit;

/// <summary>Functions of vectors, such as scores and features.</summary>
public static class VectorMath
{
    /// <summary>Computes the softmax of logits: probabilities that add up to 1. Large logits do not overflow.</summary>
    /// <param name="logits">The logits; at least one.</param>
    public static float[] Softmax(ReadOnlySpan<float> logits)
    {
        float[] probabilities = new float[logits.Length];
        Softmax(logits, probabilities);
        return probabilities;
    }

    /// <summary>Computes the softmax of logits: probabilities that add up to 1. Large logits do not overflow.</summary>
    /// <param name="logits">The logits; at least one.</param>
    /// <param name="probabilities">Receives as many values as there are logits; may be the same memory.</param>
    public static void Softmax(ReadOnlySpan<float> logits, Span<float> probabilities)
    {
        // TensorPrimitives.SoftMax does not subtract the maximum itself.
        TensorPrimitives.Subtract(logits, TensorPrimitives.Max(logits), probabilities);
        probabilities = probabilities[..logits.Length];
        TensorPrimitives.SoftMax(probabilities, probabilities);
    }

    /// <summary>Scales a vector to Euclidean length 1, so that the dot product of two of them is their cosine similarity.</summary>
    /// <param name="vector">The vector; one of length 0 stays as it is.</param>
    public static float[] Normalize(ReadOnlySpan<float> vector)
    {
        float[] unit = new float[vector.Length];
        TensorPrimitives.Divide(vector, Math.Max(TensorPrimitives.Norm(vector), float.Epsilon), unit);
        return unit;
    }
}
