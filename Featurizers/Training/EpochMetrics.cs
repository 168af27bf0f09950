using System.Globalization;

namespace TransferKit.Training;

/// <summary>How far a pass over the images is.</summary>
/// <param name="Pass">What is done in it: <c>Frozen part</c>, or <c>Epoch 3</c>.</param>
/// <param name="Done">Images done.</param>
/// <param name="Total">Images in all, each view counted.</param>
public readonly record struct PassProgress(string Pass, int Done, int Total);

/// <summary>What an epoch gave.</summary>
/// <param name="Phase">What was trained in it: the last layer only, while the rest is yet frozen, or all that the mode says.</param>
/// <param name="Epoch">Counted from 1, over all phases of the training.</param>
/// <param name="LearningRate">The rate of the last layer at the epoch's end.</param>
/// <param name="CrossEntropy">Mean loss of the training images: cross-entropy, with all that augmentation and the other options make of it.</param>
/// <param name="Accuracy">The part of them that was right while training; of a detector, the part of the regions it classified.</param>
/// <param name="ValidationCrossEntropy">Mean loss of the validation images, or null without any.</param>
/// <param name="ValidationAccuracy">How good the network is at them, in [0, 1], or null without any; <see cref="ValidationMeasure"/> says in what sense.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record EpochMetrics(FineTuneMode Phase, int Epoch, double LearningRate, double CrossEntropy, double Accuracy, double? ValidationCrossEntropy, double? ValidationAccuracy, double Seconds)
{
    /// <summary>What the validation accuracy is: the part of the images that is <c>right</c>, or a detector's <c>average precision at 0.5</c>.</summary>
    public string ValidationMeasure { get; init; } = "right";

    /// <summary>A line for people.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"Epoch {Epoch}: loss {CrossEntropy:0.000}, {100 * Accuracy:0.0} % right{(ValidationAccuracy is { } accuracy ? $"; validation loss {ValidationCrossEntropy:0.000}, {100 * accuracy:0.0} % {ValidationMeasure}" : "")}; rate {LearningRate:0.0E+0}, {Seconds:0.0} s");
}
