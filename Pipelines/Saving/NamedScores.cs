using Microsoft.ML;
using Microsoft.ML.Trainers;

namespace TransferKit.Pipelines.Saving;

/// <summary>
/// Turns a vector of probabilities into the columns of a classifier: <c>Score</c>, with the labels as slot names, and
/// <c>PredictedLabel</c>, a key. Of ML.NET's transformers only trained classifiers save slot names, and their weights cannot be set from
/// outside. Therefore a one-versus-all of linear classifiers is trained whose classifier k has the weight 1 for probability k and 0 for all
/// others, so that its score is exactly that probability.
/// </summary>
internal static class NamedScores
{
    /// <summary>Creates the estimator, to be fitted on <see cref="SelectorData"/>.</summary>
    /// <param name="context">The context.</param>
    /// <param name="label">The name of the label column, a key.</param>
    /// <param name="probabilities">The name of the column of probabilities.</param>
    public static IEstimator<ITransformer> Estimator(MLContext context, string label, string probabilities)
    {
        var selector = context.BinaryClassification.Trainers.SgdNonCalibrated(new SgdNonCalibratedTrainer.Options
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
        });
        return context.MulticlassClassification.Trainers.OneVersusAll(selector, label, useProbabilities: false);
    }

    /// <summary>Creates the transformer.</summary>
    /// <param name="context">The context.</param>
    /// <param name="label">The label column, whose key values become the slot names.</param>
    /// <param name="classes">The number of key values and of probabilities.</param>
    /// <param name="probabilities">The name of the column of probabilities.</param>
    public static ITransformer Fit(MLContext context, DataViewSchema.Column label, int classes, string probabilities) =>
        Estimator(context, label.Name, probabilities).Fit(new SelectorData(label, classes, probabilities));

    // A class's own two rows follow each other. The first has 1 at the class's index and moves that weight and the bias from 0 to 1. The
    // second has only zeros; it finds a bias of 1 and moves it back to 0. The rows of other classes move nothing.
    private sealed class SelectorLoss : IClassificationLoss
    {
        public double Loss(float output, float label) => 0;

        public float Derivative(float output, float label) => label <= 0 ? 0 : output == 0 ? -1 : 1;
    }
}
