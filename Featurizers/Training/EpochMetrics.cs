namespace TransferKit.Training;

/// <summary>How far a pass over the images is.</summary>
/// <param name="Pass">What is done in it: <c>Frozen part</c>, or <c>Epoch 3</c>.</param>
/// <param name="Done">Images done.</param>
/// <param name="Total">Images in all, each view counted.</param>
public readonly record struct PassProgress(string Pass, int Done, int Total);

/// <summary>What an epoch gave.</summary>
/// <param name="Epoch">Counted from 1, over all phases of the training.</param>
/// <param name="LearningRate">The rate of the last layer at the epoch's end.</param>
/// <param name="Loss">Mean loss of the training images: cross-entropy, with all that augmentation and the other options make of it.</param>
/// <param name="Accuracy">The part of them that was right while training.</param>
/// <param name="ValidationLoss">Mean cross-entropy of the validation images, or null without any.</param>
/// <param name="ValidationAccuracy">The part of them that is right, or null without any.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record EpochMetrics(int Epoch, double LearningRate, double Loss, double Accuracy, double? ValidationLoss, double? ValidationAccuracy, double Seconds);
