using TransferKit.Engines.Torch;
using static TorchSharp.torch;

namespace TransferKit.Training;

/// <summary>
/// Loads examples in batches, prepared ahead by several threads, and computes the loss and the metric of a network on them.
/// </summary>
/// <param name="count">The number of examples.</param>
/// <param name="options">Batch size, seed and threads.</param>
internal abstract class DataLoader(int count, TrainingOptions options) : IDisposable
{
    /// <summary>The number of examples.</summary>
    public int Count => count;

    /// <summary>The number of training steps per epoch. A last batch of one image is left out: batch normalization needs two.</summary>
    public int Steps => count / options.BatchSize + (count % options.BatchSize > 1 ? 1 : 0);

    /// <summary>The name of the metric that is measured while training.</summary>
    public abstract string TrainingMetric { get; }

    /// <summary>The name of the metric that <see cref="Evaluate"/> computes.</summary>
    public abstract string ValidationMetric { get; }

    /// <summary>The options of the training.</summary>
    protected TrainingOptions Options => options;

    /// <summary>The batches of an epoch, shuffled by the seed and the number of the epoch.</summary>
    public IEnumerable<Batch> Shuffled(int epoch)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        new Random(unchecked(options.Seed * 7919 + epoch)).Shuffle(order);
        return Load(order.Chunk(options.BatchSize).Take(Steps), epoch);
    }

    /// <summary>Computes the loss and the training metric of a batch.</summary>
    /// <param name="module">The network.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="device">The network's device.</param>
    /// <param name="mixedPrecision">Whether layers compute in bfloat16.</param>
    /// <param name="step">The number of the training step, which seeds what is random in it.</param>
    /// <returns>The mean loss, a scalar; and the sum of the images' metrics, each from 0 to 1.</returns>
    public abstract (Tensor Loss, double MetricSum) Forward(TorchNetwork module, Batch batch, Device device, bool mixedPrecision, int step);

    /// <summary>Computes the mean loss and the validation metric, from 0 to 1, of a network on all examples.</summary>
    /// <param name="module">The network.</param>
    /// <param name="device">The network's device.</param>
    public abstract (double Loss, double Metric) Evaluate(TorchNetwork module, Device device);

    /// <summary>Has cached files deleted by <see cref="Dispose"/>; without, they remain for a resumed training.</summary>
    public virtual void DeleteOnDispose()
    {
    }

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }

    /// <summary>Loads a batch of examples as they are in an epoch.</summary>
    protected abstract Batch Load(int[] examples, int epoch);

    /// <summary>Computes the mean loss of all examples in their order.</summary>
    /// <param name="loss">Returns the mean loss of a batch, a scalar.</param>
    protected double MeanLoss(Func<Batch, Tensor> loss)
    {
        double sum = 0;
        foreach (var batch in Load(Enumerable.Range(0, count).Chunk(options.BatchSize), epoch: 0))
        {
            using var scope = NewDisposeScope();
            sum += loss(batch).item<float>() * batch.Count;
        }
        return sum / count;
    }

    private IEnumerable<Batch> Load(IEnumerable<int[]> batches, int epoch) =>
        Prefetch.Select(batches, examples => Load(examples, epoch), options.Threads ?? Environment.ProcessorCount);
}
