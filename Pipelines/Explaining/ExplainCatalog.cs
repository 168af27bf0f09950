using TransferKit.Images;
using TransferKit.Maps;
using TransferKit.Pipelines.Explaining;

// ML.NET's packages put their extension methods where MLContext is, so that they are found without a further using.
namespace Microsoft.ML;

/// <summary>Adds maps of what a trained model sees.</summary>
public static class ExplainCatalog
{
    /// <summary>Where in an image a model sees a label. Each call takes the model apart: for many images make one <see cref="ImageExplainer"/>.</summary>
    /// <param name="model">A model that <c>FeaturizeImages</c> and a linear classifier, or <c>FineTuneImages</c>, made: just trained, or loaded.</param>
    /// <param name="image">The image.</param>
    /// <param name="label">The label; null for the one that the model predicts.</param>
    /// <param name="options">The method and the node.</param>
    /// <exception cref="ArgumentException">The model is of another kind, or does not know the label; or an option does not go with it.</exception>
    /// <exception cref="ImageFormatException">It is no readable image.</exception>
    /// <exception cref="DllNotFoundException">The method needs gradients, and the program carries no native libtorch.</exception>
    public static ImageExplanation Explain(this ITransformer model, ImageSource image, string? label = null, MapOptions? options = null)
    {
        using var explainer = new ImageExplainer(model, options);
        return explainer.Explain(image, label);
    }
}
