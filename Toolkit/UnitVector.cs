using System.Numerics.Tensors;

namespace TransferKit.Toolkit;

/// <summary>Scales vectors to length 1; the dot product of two such vectors is their cosine similarity.</summary>
internal static class UnitVector
{
    /// <summary>Returns a copy of a vector, divided by its Euclidean norm. A vector of zeros stays as it is.</summary>
    /// <param name="vector">Any values.</param>
    public static float[] From(ReadOnlySpan<float> vector)
    {
        float[] unit = new float[vector.Length];
        TensorPrimitives.Divide(vector, Math.Max(TensorPrimitives.Norm(vector), float.Epsilon), unit);
        return unit;
    }
}
