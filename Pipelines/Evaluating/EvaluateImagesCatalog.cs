using TransferKit.Images;
using TransferKit.Pipelines.Evaluating;
using TransferKit.Pipelines.Serving;

// ML.NET's packages put their extension methods into the namespace of MLContext, so that no further using is needed.
namespace Microsoft.ML;

/// <summary>Adds the evaluation of image classifiers to <c>mlContext.MulticlassClassification</c>.</summary>
public static class EvaluateImagesCatalog
{
    /// <summary>Predicts test images and computes the accuracy, the confusion matrix and the metrics of each class.</summary>
    /// <param name="catalog">The multiclass classification catalog.</param>
    /// <param name="model">A classifier that adds <c>PredictedLabel</c> (text) and <c>Score</c> (with the labels as slot names).</param>
    /// <param name="test">Test data with the columns that the model reads and <c>Label</c> (text), and optionally <c>ImagePath</c>.</param>
    /// <param name="options">Progress, and what is kept; null for the defaults.</param>
    /// <exception cref="ArgumentException">The model's output lacks one of these columns.</exception>
    /// <exception cref="OperationCanceledException">The evaluation was canceled.</exception>
    public static Evaluation EvaluateImages(
        this MulticlassClassificationCatalog catalog, ITransformer model, IDataView test, EvaluationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(test);
        return ImageEvaluator.Evaluate(model, test, options ?? new());
    }

    /// <summary>
    /// Classifies test images with a model file and computes the accuracy, the confusion matrix and the metrics of each class.
    /// </summary>
    /// <param name="catalog">The multiclass classification catalog.</param>
    /// <param name="classifier">The classifier, which nobody else uses at the same time.</param>
    /// <param name="test">Test data with images in the column <c>ImagePath</c> or <c>Image</c>, and <c>Label</c> (text).</param>
    /// <param name="options">Progress, and what is kept; null for the defaults.</param>
    /// <exception cref="ArgumentException">The data lack one of these columns.</exception>
    /// <exception cref="ImageFormatException">An image is not readable.</exception>
    /// <exception cref="OperationCanceledException">The evaluation was canceled.</exception>
    public static Evaluation EvaluateImages(
        this MulticlassClassificationCatalog catalog, ImageClassifier classifier, IDataView test, EvaluationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(classifier);
        ArgumentNullException.ThrowIfNull(test);
        return ImageEvaluator.Evaluate(classifier, test, options ?? new());
    }
}
