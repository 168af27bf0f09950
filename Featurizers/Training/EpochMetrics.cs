using System.Globalization;
using System.Text.Json.Serialization;

namespace TransferKit.Training;

/// <summary>
/// The metrics of an epoch. Which metrics there are beside the loss depends on the task; all of them are from 0 to 1, and higher is better.
/// </summary>
/// <param name="Phase">The layers that were trained, such as <c>last layer</c> or <c>all layers</c>.</param>
/// <param name="Epoch">The number of the epoch, from 1, counted over all phases of the training.</param>
/// <param name="LearningRate">The learning rate of the last layer at the end of the epoch.</param>
/// <param name="Loss">The mean training loss, with augmentation, label smoothing and the like.</param>
/// <param name="ValidationLoss">The mean loss on the validation images; null without any.</param>
/// <param name="Seconds">The duration in seconds.</param>
public sealed record EpochMetrics(string Phase, int Epoch, double LearningRate, double Loss, double? ValidationLoss, double Seconds)
{
    private const string AccuracyName = "accuracy";

    /// <summary>
    /// Metrics on the training images by name, measured while training: <c>accuracy</c> of a classifier, <c>proposal accuracy</c> of a
    /// detector (the fraction of sampled proposals whose class is correct), or <c>agreement</c> of a student (the fraction of images that
    /// it gives the teacher's top class).
    /// </summary>
    public IReadOnlyDictionary<string, double> TrainingMetrics { get; init; } = new Dictionary<string, double>();

    /// <summary>
    /// Metrics on the validation images by name: <c>accuracy</c> of a classifier, <c>AP50</c> of a detector (average precision at an
    /// intersection over union of 0.5), or <c>agreement</c> of a student. Empty without validation images.
    /// </summary>
    public IReadOnlyDictionary<string, double> ValidationMetrics { get; init; } = new Dictionary<string, double>();

    /// <summary>The training accuracy of a classifier, from 0 to 1; null for other tasks.</summary>
    [JsonIgnore]
    public double? Accuracy => TrainingMetrics.TryGetValue(AccuracyName, out double accuracy) ? accuracy : null;

    /// <summary>The validation accuracy of a classifier, from 0 to 1; null for other tasks and without validation images.</summary>
    [JsonIgnore]
    public double? ValidationAccuracy => ValidationMetrics.TryGetValue(AccuracyName, out double accuracy) ? accuracy : null;

    /// <summary>Compares all values, the named metrics by their content.</summary>
    /// <param name="other">The other epoch.</param>
    public bool Equals(EpochMetrics? other) =>
        other is not null
        && (Phase, Epoch, LearningRate, Loss, ValidationLoss, Seconds)
            == (other.Phase, other.Epoch, other.LearningRate, other.Loss, other.ValidationLoss, other.Seconds)
        && SameMetrics(TrainingMetrics, other.TrainingMetrics)
        && SameMetrics(ValidationMetrics, other.ValidationMetrics);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Phase, Epoch, LearningRate, Loss, ValidationLoss, Seconds);

    /// <summary>
    /// Returns one line, such as "Epoch 3: loss 0.412, accuracy 87.3 %; validation loss 0.500, accuracy 85.0 %; learning rate 4.9E-4, 12.3
    /// s".
    /// </summary>
    public override string ToString()
    {
        string training = $"loss {Number(Loss)}{Percentages(TrainingMetrics)}";
        string validation = ValidationLoss is { } loss ? $"; validation loss {Number(loss)}{Percentages(ValidationMetrics)}" : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"Epoch {Epoch}: {training}{validation}; learning rate {LearningRate:0.0E+0}, {Seconds:0.0} s");
    }

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Percentages(IReadOnlyDictionary<string, double> metrics) =>
        string.Concat(metrics.Select(m => string.Create(CultureInfo.InvariantCulture, $", {m.Key} {100 * m.Value:0.0} %")));

    private static bool SameMetrics(IReadOnlyDictionary<string, double> first, IReadOnlyDictionary<string, double> second) =>
        first.Count == second.Count && first.All(m => second.TryGetValue(m.Key, out double value) && value.Equals(m.Value));
}
