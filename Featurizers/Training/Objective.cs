using static TorchSharp.torch;

namespace TransferKit.Training;

/// <summary>What a network's outputs should be, and how far from it they are.</summary>
internal abstract class Objective : IDisposable
{
    /// <summary>The nodes whose values are measured. The first gives a number for each class.</summary>
    public abstract IReadOnlyList<string> Outputs { get; }

    /// <summary>How many numbers say what an example should give. The first are one for each class, the highest that of the right one.</summary>
    public abstract int Width { get; }

    /// <summary>What an example should give in an epoch.</summary>
    public abstract void Read(int example, int epoch, Span<float> to);

    /// <summary>How far the outputs of a batch are from its targets, batch x <see cref="Width"/>; a scalar.</summary>
    public abstract Tensor Loss(IReadOnlyList<Tensor> outputs, Tensor targets);

    /// <summary>How many images of a batch are given the right class.</summary>
    public static int Correct(Tensor logits, Tensor targets)
    {
        using var scope = NewDisposeScope();
        return (int)(logits.argmax(1) == targets.narrow(1, 0, logits.shape[1]).argmax(1)).sum().item<long>();
    }

    /// <summary>Says that no later run will need what was computed.</summary>
    public virtual void Forget()
    {
    }

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }
}
