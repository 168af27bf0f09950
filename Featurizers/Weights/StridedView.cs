namespace TransferKit.Weights;

/// <summary>Converts tensors from strided views of a storage, as PyTorch saves them, to row-major order.</summary>
internal static class StridedView
{
    /// <summary>Returns the elements of a view: a slice of the storage if they are contiguous, otherwise a copy.</summary>
    /// <param name="view">The view.</param>
    /// <param name="storage">The bytes of the storage.</param>
    /// <param name="isCopy">Whether the elements were copied.</param>
    /// <exception cref="InvalidDataException">The view reaches outside the storage.</exception>
    public static TensorData Materialize(TorchPickle.View view, ReadOnlyMemory<byte> storage, out bool isCopy)
    {
        int size = view.Storage.Type.Size();
        long available = storage.Length / size;
        string shape = string.Join("x", view.Size);
        bool isValid = view.Size.Length == view.Stride.Length && view.Size.All(d => d is >= 0 and <= int.MaxValue)
            && view.Stride.All(s => s >= 0) && view.Offset >= 0;
        if (!isValid)
            throw new InvalidDataException($"the shape {shape} with strides {string.Join(", ", view.Stride)} at {view.Offset} is invalid.");
        long count = 1, last = view.Offset;
        for (int i = 0; i < view.Size.Length; i++)
        {
            count = checked(count * view.Size[i]);
            last = checked(last + Math.Max(view.Size[i] - 1, 0) * view.Stride[i]);
        }
        // Weights are never broadcast views. A view with more elements than its storage was made to fill the memory.
        if (count > available || (count > 0 && last >= available))
            throw new InvalidDataException($"the shape {shape} needs more than the {available} elements of its storage.");
        int[] dimensions = [.. view.Size.Select(d => (int)d)];
        isCopy = !IsContiguous(view);
        var bytes = !isCopy
            ? storage.Slice((int)view.Offset * size, (int)count * size)
            : Gather(view, storage.Span, (int)count, size);
        return new TensorData(view.Storage.Type, dimensions, bytes);
    }

    private static bool IsContiguous(TorchPickle.View view)
    {
        long expected = 1;
        for (int i = view.Size.Length - 1; i >= 0; i--)
        {
            if (view.Size[i] != 1 && view.Stride[i] != expected)
                return false;
            expected *= view.Size[i];
        }
        return true;
    }

    private static byte[] Gather(TorchPickle.View view, ReadOnlySpan<byte> storage, int count, int size)
    {
        byte[] elements = new byte[count * size];
        long[] index = new long[view.Size.Length];
        long position = view.Offset;
        for (int i = 0; i < count; i++)
        {
            storage.Slice((int)position * size, size).CopyTo(elements.AsSpan(i * size));
            for (int d = index.Length - 1; d >= 0; d--)
            {
                position += view.Stride[d];
                if (++index[d] < view.Size[d])
                    break;
                position -= index[d] * view.Stride[d];
                index[d] = 0;
            }
        }
        return elements;
    }
}
