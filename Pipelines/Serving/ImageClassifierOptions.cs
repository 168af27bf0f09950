namespace TransferKit.Pipelines.Serving;

/// <summary>How a model is served: how calls are gathered, and what is turned away.</summary>
public sealed class ImageClassifierOptions
{
    /// <summary>The most images of one run of the network.</summary>
    public int BatchSize { get; set; } = 16;

    /// <summary>How long the first image of a batch waits for others; nothing gains from more than a few milliseconds.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMilliseconds(2);

    /// <summary>How many images may wait; beyond it a call fails at once with <see cref="ClassifierBusyException"/>.</summary>
    public int QueueLength { get; set; } = 256;

    /// <summary>How many batches are worked on at the same time, each on one core.</summary>
    public int Threads { get; set; } = Environment.ProcessorCount;

    /// <summary>Images of more pixels are refused before they are decoded: a file of a few kilobytes can claim gigabytes.</summary>
    public long MaxPixels { get; set; } = 50_000_000;

    /// <summary>How often services look whether the model file has changed, and then load it; zero for never.</summary>
    public TimeSpan ReloadInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Checks the options.</summary>
    /// <exception cref="ArgumentException">One is impossible; the message quotes it and says what would be right.</exception>
    public void Validate()
    {
        if (BatchSize < 1 || QueueLength < 1 || Threads < 1 || MaxPixels < 1)
            throw new ArgumentException($"Batches of {BatchSize}, a queue of {QueueLength}, {Threads} threads and {MaxPixels} pixels are impossible: 1 or more of each.");
        if (MaxDelay < TimeSpan.Zero || MaxDelay > TimeSpan.FromSeconds(10) || ReloadInterval < TimeSpan.Zero || ReloadInterval > TimeSpan.FromDays(1))
            throw new ArgumentException($"A delay of {MaxDelay} and a look at the file every {ReloadInterval} are impossible: 0 or more, at most 10 seconds and a day.");
    }

    internal ImageClassifierOptions Copy() => (ImageClassifierOptions)MemberwiseClone();
}
