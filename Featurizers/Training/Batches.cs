using TorchSharp;
using TransferKit.Engines.Torch;
using TransferKit.Graphs;
using static TorchSharp.torch;

namespace TransferKit.Training;

/// <summary>Examples, batch by batch, made ahead by several threads; and how far a network is from what it should give for them.</summary>
/// <param name="count">The number of examples.</param>
/// <param name="options">Batch size, seed and threads.</param>
internal abstract class Batches(int count, TrainingOptions options) : IDisposable
{
    /// <summary>The number of examples.</summary>
    public int Count => count;

    /// <summary>The batches of a pass in training. A last one of a single image would have no variance; it is left out.</summary>
    public int Steps => count / options.BatchSize + (count % options.BatchSize > 1 ? 1 : 0);

    /// <summary>How it is trained.</summary>
    protected TrainingOptions Options => options;

    /// <summary>A pass in an order that belongs to the epoch.</summary>
    public IEnumerable<Batch> Shuffled(int epoch)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        new Random(unchecked(options.Seed * 7919 + epoch)).Shuffle(order);
        return Read(order.Chunk(options.BatchSize).Take(Steps), epoch);
    }

    /// <summary>A pass over all examples as they come.</summary>
    public IEnumerable<Batch> InOrder() => Read(Enumerable.Range(0, count).Chunk(options.BatchSize), epoch: 0);

    /// <summary>Runs a batch.</summary>
    /// <param name="module">The network.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="device">Where the network is.</param>
    /// <param name="mixed">Whether its layers compute in bfloat16.</param>
    /// <param name="step">The number of the step, which decides what is random in it; null where nothing is learned.</param>
    /// <returns>The mean loss, a scalar; and how many of the images are right.</returns>
    public abstract (Tensor Loss, double Right) Measure(TorchNetwork module, Batch batch, Device device, bool mixed, int? step);

    /// <summary>What the accuracy of a pass without learning is.</summary>
    public virtual string Measured => "right";

    /// <summary>The accuracy after a pass in which so many were right.</summary>
    public virtual double Accuracy(double right) => right / count;

    /// <summary>Says that no later run will need what was computed for them.</summary>
    public virtual void Forget()
    {
    }

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }

    /// <summary>Makes a batch of some examples, as they are in an epoch.</summary>
    protected abstract Batch Read(int[] examples, int epoch);

    private IEnumerable<Batch> Read(IEnumerable<int[]> batches, int epoch) =>
        Prefetch.Select(batches, examples => Read(examples, epoch), options.Threads ?? Environment.ProcessorCount);
}

/// <summary>Some examples as arrays.</summary>
internal record Batch(int Count, float[] Values, float[] Goals, Shape Shape)
{
    /// <summary>What the network is given, on a device.</summary>
    public Tensor Input(Device device)
    {
        using var x = On(device, Values, [Count, .. Shape.Dimensions]);
        return Shape.IsVector ? x.alias() : TorchNetwork.ChannelsLast(x);
    }

    /// <summary>What it should give, on a device.</summary>
    public Tensor Target(Device device) => On(device, Goals, [Count, Goals.Length / Count]);

    private static Tensor On(Device device, float[] numbers, long[] shape)
    {
        using var values = tensor(numbers, shape);
        // A copy of libtorch's own lies as its matrix products like it; on the array itself their rounding would depend on its address.
        if (device.type == DeviceType.CPU)
            return values.clone();
        // From pinned memory the GPU fetches it by itself, while this thread goes on.
        using var pinned = values.pin_memory();
        return pinned.to(device, non_blocking: true);
    }
}
