namespace TransferKit.Weights;

/// <summary>A tensor as PyTorch saves it, a strided view of a storage, made row-major.</summary>
internal static class StridedView
{
    /// <summary>The view's elements: a slice of the storage where they are contiguous, a copy where they are not.</summary>
    /// <exception cref="InvalidDataException">The view reaches outside its storage.</exception>
    public static TensorData Materialize(TorchPickle.View view, ReadOnlyMemory<byte> storage, out bool isCopy)
    {
        int size = view.Storage.Type.Size();
        long held = storage.Length / size;
        string shape = string.Join("x", view.Size);
        if (view.Size.Length != view.Stride.Length || view.Size.Any(d => d is < 0 or > int.MaxValue) || view.Stride.Any(s => s < 0) || view.Offset < 0)
            throw new InvalidDataException($"the shape {shape} with strides {string.Join(", ", view.Stride)} at {view.Offset} is impossible.");
        long count = 1, last = view.Offset;
        for (int i = 0; i < view.Size.Length; i++)
        {
            count = checked(count * view.Size[i]);
            last = checked(last + Math.Max(view.Size[i] - 1, 0) * view.Stride[i]);
        }
        // Weights are never broadcast views; one with more elements than its storage was made to fill memory.
        if (count > held || (count > 0 && last >= held))
            throw new InvalidDataException($"the shape {shape} needs more than the {held} elements of its storage.");
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
        byte[] to = new byte[count * size];
        long[] index = new long[view.Size.Length];
        long from = view.Offset;
        for (int i = 0; i < count; i++)
        {
            storage.Slice((int)from * size, size).CopyTo(to.AsSpan(i * size));
            for (int d = index.Length - 1; d >= 0; d--)
            {
                from += view.Stride[d];
                if (++index[d] < view.Size[d])
                    break;
                from -= index[d] * view.Stride[d];
                index[d] = 0;
            }
        }
        return to;
    }
}
