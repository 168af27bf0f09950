using static TorchSharp.torch;

namespace TransferKit.Training;

/// <summary>A loss function together with the targets of the examples.</summary>
internal abstract class Criterion : IDisposable
{
    /// <summary>The names of the nodes that the loss compares. The first gives the logits of the classes.</summary>
    public abstract IReadOnlyList<string> Outputs { get; }

    /// <summary>
    /// The number of values of an example's target. The first are one for each class, the highest of them that of the correct class.
    /// </summary>
    public abstract int Width { get; }

    /// <summary>The name of the fraction of images whose highest logit is that of the correct class.</summary>
    public abstract string Metric { get; }

    /// <summary>Reads the target of an example in an epoch.</summary>
    /// <param name="example">The number of the example, from 0.</param>
    /// <param name="epoch">The number of the epoch, from 0.</param>
    /// <param name="target">Receives <see cref="Width"/> values.</param>
    public abstract void ReadTarget(int example, int epoch, Span<float> target);

    /// <summary>Computes the mean loss of a batch, a scalar.</summary>
    /// <param name="outputs">The values of <see cref="Outputs"/>.</param>
    /// <param name="targets">Batch x <see cref="Width"/>.</param>
    public abstract Tensor Loss(IReadOnlyList<Tensor> outputs, Tensor targets);

    /// <summary>Counts the images of a batch whose highest logit is that of the correct class.</summary>
    public static int CountCorrect(Tensor logits, Tensor targets)
    {
        using var scope = NewDisposeScope();
        return (int)(logits.argmax(1) == targets.narrow(1, 0, logits.shape[1]).argmax(1)).sum().item<long>();
    }

    /// <inheritdoc cref="DataLoader.DeleteOnDispose"/>
    public virtual void DeleteOnDispose()
    {
    }

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }
}
