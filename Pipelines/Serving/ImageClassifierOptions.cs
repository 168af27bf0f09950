namespace TransferKit.Pipelines.Serving;

/// <summary>Options of an <see cref="ImageClassifier"/>: batching, limits and reloading.</summary>
public sealed class ImageClassifierOptions
{
    /// <summary>The maximum number of images per run of the network.</summary>
    public int BatchSize { get; set; } = 16;

    /// <summary>How long the first image of a batch waits for others, at most 10 seconds; a few milliseconds suffice.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMilliseconds(2);

    /// <summary>How many images may wait; a full queue rejects requests with <see cref="ClassifierBusyException"/>.</summary>
    public int QueueLength { get; set; } = 256;

    /// <summary>How many batches run at the same time, each on one core.</summary>
    public int Threads { get; set; } = Environment.ProcessorCount;

    /// <summary>Images of more pixels are rejected before they are decoded, because a small file can declare a huge image.</summary>
    public long MaxPixels { get; set; } = 50_000_000;

    /// <summary>How often a service checks whether the model file has changed, to reload it; zero for never, at most a day.</summary>
    public TimeSpan ReloadInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Checks the options.</summary>
    /// <exception cref="ArgumentException">An option is invalid; the message quotes it and says what would be right.</exception>
    public void Validate()
    {
        AtLeastOne(BatchSize, "batch size", 16);
        AtLeastOne(QueueLength, "queue length", 256);
        AtLeastOne(Threads, "number of threads", Environment.ProcessorCount);
        AtLeastOne(MaxPixels, "maximum number of pixels", 50_000_000);
        Within(MaxDelay, TimeSpan.FromSeconds(10), "delay");
        Within(ReloadInterval, TimeSpan.FromDays(1), "reload interval");
    }

    internal ImageClassifierOptions Copy() => (ImageClassifierOptions)MemberwiseClone();

    private static void AtLeastOne(long value, string name, long usual)
    {
        if (value < 1)
            throw new ArgumentException($"A {name} of {value} is invalid: it must be at least 1 ({usual} is usual).");
    }

    private static void Within(TimeSpan value, TimeSpan maximum, string name)
    {
        if (value < TimeSpan.Zero || value > maximum)
            throw new ArgumentException($"A {name} of {value} is invalid: it must be from 0 to {maximum}.");
    }
}
