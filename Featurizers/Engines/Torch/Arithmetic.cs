using TorchSharp;
using static TorchSharp.torch;

namespace TransferKit.Engines.Torch;

/// <summary>
/// Arithmetic with numbers. TorchSharp turns each number (and the hidden factor 1 of every sum) into an object whose memory it gives to
/// native code while nothing refers to the object any more: the collector may free it before it is read, and in a long training it does,
/// with errors about types that nobody used. Here each is held until the call has returned. A test sees to it that no other is used.
/// </summary>
internal static class Arithmetic
{
    private static readonly Scalar One = 1.ToScalar();

    /// <summary>a + b.</summary>
    public static Tensor Plus(this Tensor a, Tensor b) => a.add(b, One);

    /// <summary>a + number.</summary>
    public static Tensor Plus(this Tensor a, double number)
    {
        using var held = number.ToScalar();
        return a.add(held, One);
    }

    /// <summary>a times number.</summary>
    public static Tensor Times(this Tensor a, double number)
    {
        using var held = number.ToScalar();
        return a.mul(held);
    }

    /// <summary>Adds 1, in place.</summary>
    public static void Increment(this Tensor a) => a.add_(One, One);

    /// <summary>a becomes a + number.</summary>
    public static void Raise(this Tensor a, double number)
    {
        using var held = number.ToScalar();
        a.add_(held, One);
    }

    /// <summary>a becomes a times number.</summary>
    public static void Scale(this Tensor a, double number)
    {
        using var held = number.ToScalar();
        a.mul_(held);
    }

    /// <summary>a becomes a + b times number.</summary>
    public static void Add(this Tensor a, Tensor b, double number)
    {
        using var held = number.ToScalar();
        a.add_(b, held);
    }

    /// <summary>a becomes a + b times c times number.</summary>
    public static void AddProduct(this Tensor a, Tensor b, Tensor c, double number)
    {
        using var held = number.ToScalar();
        a.addcmul_(b, c, held);
    }

    /// <summary>a becomes a + b / c times number.</summary>
    public static void AddQuotient(this Tensor a, Tensor b, Tensor c, double number)
    {
        using var held = number.ToScalar();
        a.addcdiv_(b, c, held);
    }
}
