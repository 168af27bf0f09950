using Microsoft.ML;
using Microsoft.ML.Trainers;

namespace TransferKit.Pipelines.Saving;

/// <summary>
/// Makes <c>Score</c>, with the classes as slot names, and <c>PredictedLabel</c>, a key, of a vector of probabilities. Of ML.NET's own
/// transformers only a classifier saves these names, and none can be given weights; so a one-versus-all of linear classifiers is trained
/// that selects: class k's weights are 1 in place k and 0 elsewhere, and its score is the k-th probability, to the last bit.
/// </summary>
internal static class NamedScores
{
    public static IEstimator<ITransformer> Estimator(MLContext context, string label, string probabilities) =>
        context.MulticlassClassification.Trainers.OneVersusAll(context.BinaryClassification.Trainers.SgdNonCalibrated(new SgdNonCalibratedTrainer.Options
        {
            LabelColumnName = label,
            FeatureColumnName = probabilities,
            LossFunction = new SelectorLoss(),
            NumberOfIterations = 1,
            NumberOfThreads = 1,
            Shuffle = false,
            LearningRate = 1,
            L2Regularization = 0,
            CheckFrequency = int.MaxValue,
        }), label, useProbabilities: false);

    /// <summary>The transformer for a label column and as many classes as it has keys.</summary>
    public static ITransformer Fit(MLContext context, DataViewSchema.Column label, int classes, string probabilities) =>
        Estimator(context, label.Name, probabilities).Fit(new SelectorData(label, classes, probabilities));

    // A class's own two rows in turn: the first, with 1 in its place, moves that weight and the bias from 0 to 1; the second, with nothing,
    // finds the bias at 1 and moves it back. Other classes' rows move nothing.
    private sealed class SelectorLoss : IClassificationLoss
    {
        public double Loss(float output, float label) => 0;

        public float Derivative(float output, float label) => label <= 0 ? 0 : output == 0 ? -1 : 1;
    }
}
