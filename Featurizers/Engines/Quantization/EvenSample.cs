namespace TransferKit.Engines.Quantization;

/// <summary>Takes some elements of a sequence whose length is not known, evenly spread over it.</summary>
internal static class EvenSample
{
    /// <summary>Returns at most as many elements as asked for, and at least half as many where the sequence has enough.</summary>
    /// <param name="source">The sequence, which is read once.</param>
    /// <param name="count">The greatest number of elements, at least 1.</param>
    public static IReadOnlyList<T> Of<T>(IEnumerable<T> source, int count)
    {
        var sample = new List<T>();
        int stride = 1, index = 0;
        foreach (var element in source)
        {
            if (index++ % stride != 0)
                continue;
            sample.Add(element);
            if (sample.Count <= count)
                continue;
            // Every second element stays: those at multiples of the doubled stride.
            sample = [.. sample.Where((_, i) => i % 2 == 0)];
            stride *= 2;
        }
        return sample;
    }
}
