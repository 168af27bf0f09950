using TransferKit.Native;

namespace TransferKit.Training;

/// <summary>The checks that every training makes before it starts.</summary>
internal static class TrainingGuard
{
    /// <summary>
    /// Checks options, libtorch and images, and returns a copy of the options, which later changes by the caller do not affect.
    /// </summary>
    /// <exception cref="ArgumentException">An option is invalid, or there are too few images.</exception>
    /// <exception cref="DllNotFoundException">The program does not include the native libtorch; the message says what to add.</exception>
    public static TOptions Check<TOptions, TImage>(TOptions options, IReadOnlyList<TImage> train, IReadOnlyList<TImage> validation)
        where TOptions : TrainingOptions
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(validation);
        var copy = (TOptions)options.Copy();
        copy.Validate();
        LibTorch.Require();
        if (train.Count < 2)
            throw new ArgumentException($"Training needs at least 2 images, and there are {train.Count}, besides {validation.Count} for "
                + "validation: add images, or hold out fewer.", nameof(train));
        if (copy.EarlyStoppingCriteria is { } early && validation.Count == 0)
            throw new ArgumentException($"Early stopping with a patience of {early.Patience} epochs is invalid without validation images: "
                + "they tell whether an epoch is better.", nameof(validation));
        return copy;
    }
}
