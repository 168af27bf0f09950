using TorchSharp;
using static TorchSharp.torch;

namespace TransferKit.Engines.Torch;

/// <summary>Arithmetic of tensors and numbers that is safe from the garbage collector.</summary>
/// <remarks>
/// TorchSharp's own operators turn each number, and the hidden factor 1 of every sum, into a Scalar that nothing refers to while native
/// code reads it. The garbage collector may free it too early, and in a long training it does; the errors then speak of unrelated types.
/// Here each Scalar is kept alive until the call has returned. ArithmeticTests checks that no other arithmetic with numbers is used.
/// </remarks>
internal static class Arithmetic
{
    private static readonly Scalar One = 1.ToScalar();

    /// <summary>Returns a + b.</summary>
    public static Tensor Plus(this Tensor a, Tensor b) => a.add(b, One);

    /// <summary>Returns a + number.</summary>
    public static Tensor Plus(this Tensor a, double number)
    {
        using var scalar = number.ToScalar();
        return a.add(scalar, One);
    }

    /// <summary>Returns a * number.</summary>
    public static Tensor Times(this Tensor a, double number)
    {
        using var scalar = number.ToScalar();
        return a.mul(scalar);
    }

    /// <summary>Returns a with its values limited to a range.</summary>
    public static Tensor Clamp(this Tensor a, double min, double max)
    {
        using Scalar minimum = min.ToScalar(), maximum = max.ToScalar();
        return a.clamp(minimum, maximum);
    }

    /// <summary>Returns a with its negative values multiplied by a slope.</summary>
    public static Tensor LeakyRelu(this Tensor a, double slope)
    {
        using var scalar = slope.ToScalar();
        return a.leaky_relu(scalar);
    }

    /// <summary>Returns a with its negative values x replaced by alpha * (exp(x) - 1).</summary>
    public static Tensor Elu(this Tensor a, double alpha)
    {
        using var scalar = alpha.ToScalar();
        return a.elu(scalar, One, One);
    }

    /// <summary>Adds 1 to a, in place.</summary>
    public static void Increment(this Tensor a) => a.add_(One, One);

    /// <summary>Adds a number to a, in place.</summary>
    public static void AddInPlace(this Tensor a, double number)
    {
        using var scalar = number.ToScalar();
        a.add_(scalar, One);
    }

    /// <summary>Adds b * factor to a, in place.</summary>
    public static void AddInPlace(this Tensor a, Tensor b, double factor)
    {
        using var scalar = factor.ToScalar();
        a.add_(b, scalar);
    }

    /// <summary>Multiplies a by a number, in place.</summary>
    public static void MultiplyInPlace(this Tensor a, double number)
    {
        using var scalar = number.ToScalar();
        a.mul_(scalar);
    }

    /// <summary>Adds b * c * factor to a, in place.</summary>
    public static void AddProductInPlace(this Tensor a, Tensor b, Tensor c, double factor)
    {
        using var scalar = factor.ToScalar();
        a.addcmul_(b, c, scalar);
    }

    /// <summary>Adds b / c * factor to a, in place.</summary>
    public static void AddQuotientInPlace(this Tensor a, Tensor b, Tensor c, double factor)
    {
        using var scalar = factor.ToScalar();
        a.addcdiv_(b, c, scalar);
    }
}
