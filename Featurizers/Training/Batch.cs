using TorchSharp;
using TransferKit.Engines.Torch;
using TransferKit.Graphs;
using static TorchSharp.torch;

namespace TransferKit.Training;

/// <summary>A batch of examples as arrays.</summary>
/// <param name="Count">The number of examples.</param>
/// <param name="Values">The inputs, one example after the other.</param>
/// <param name="Targets">The targets, one example after the other.</param>
/// <param name="Shape">The shape of one input.</param>
internal record Batch(int Count, float[] Values, float[] Targets, Shape Shape)
{
    /// <summary>Copies the inputs to a device: a tensor of batch x <see cref="Shape"/>.</summary>
    public Tensor InputTensor(Device device)
    {
        using var x = Copy(device, Values, [Count, .. Shape.Dimensions]);
        return Shape.IsMap ? TorchNetwork.ChannelsLast(x) : x.alias();
    }

    /// <summary>Copies the targets to a device: a tensor of batch x target width.</summary>
    public Tensor TargetTensor(Device device) => Copy(device, Targets, [Count, Targets.Length / Count]);

    private static Tensor Copy(Device device, float[] numbers, long[] shape)
    {
        using var values = tensor(numbers, shape);
        // libtorch aligns its own copy for its matrix products; on the array itself their rounding would depend on its address.
        if (device.type == DeviceType.CPU)
            return values.clone();
        // From pinned memory the GPU copies asynchronously, while this thread continues.
        using var pinned = values.pin_memory();
        return pinned.to(device, non_blocking: true);
    }
}
