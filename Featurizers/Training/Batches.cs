using TorchSharp;
using TransferKit.Engines.Torch;
using TransferKit.Graphs;
using static TorchSharp.torch;

namespace TransferKit.Training;

/// <summary>Examples with their targets, batch by batch, made ahead by several threads.</summary>
/// <param name="count">The number of examples.</param>
/// <param name="inputs">What the network is given.</param>
/// <param name="objective">What it should give.</param>
/// <param name="shape">The shape of an input.</param>
/// <param name="options">Batch size, seed and threads.</param>
internal sealed class Batches(int count, TailInputs inputs, Objective objective, Shape shape, TrainingOptions options) : IDisposable
{
    /// <summary>The number of examples.</summary>
    public int Count => count;

    /// <summary>What the network should give.</summary>
    public Objective Objective => objective;

    /// <summary>The batches of a pass in training. A last one of a single image would have no variance; it is left out.</summary>
    public int Steps => count / options.BatchSize + (count % options.BatchSize > 1 ? 1 : 0);

    /// <summary>A pass in an order that belongs to the epoch.</summary>
    public IEnumerable<Batch> Shuffled(int epoch)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        new Random(unchecked(options.Seed * 7919 + epoch)).Shuffle(order);
        return Read(order.Chunk(options.BatchSize).Take(Steps), epoch);
    }

    /// <summary>A pass over all examples as they come.</summary>
    public IEnumerable<Batch> InOrder() => Read(Enumerable.Range(0, count).Chunk(options.BatchSize), epoch: 0);

    /// <summary>Says that no later run will need what was computed for them.</summary>
    public void Forget()
    {
        inputs.Forget();
        objective.Forget();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        inputs.Dispose();
        objective.Dispose();
    }

    private IEnumerable<Batch> Read(IEnumerable<int[]> batches, int epoch) => LookAhead.Select(batches, examples =>
    {
        float[] values = new float[examples.Length * inputs.Width], targets = new float[examples.Length * objective.Width];
        for (int i = 0; i < examples.Length; i++)
        {
            inputs.Read(examples[i], epoch, values.AsSpan(i * inputs.Width, inputs.Width));
            objective.Read(examples[i], epoch, targets.AsSpan(i * objective.Width, objective.Width));
        }
        return new Batch(examples.Length, values, targets, shape);
    }, options.Threads ?? Environment.ProcessorCount);
}

/// <summary>Some examples as arrays.</summary>
internal sealed record Batch(int Count, float[] Values, float[] Goals, Shape Shape)
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
