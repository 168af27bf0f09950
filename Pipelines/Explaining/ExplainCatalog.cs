using TransferKit.Images;
using TransferKit.Maps;
using TransferKit.Pipelines.Explaining;

// ML.NET's packages put their extension methods into the namespace of MLContext, so that no other using is needed.
namespace Microsoft.ML;

/// <summary>Extension methods that explain the predictions of a model.</summary>
public static class ExplainCatalog
{
    /// <summary>
    /// Shows where in an image a model sees a label, by a class-activation map. Each call loads the network of the model; for many images,
    /// create one <see cref="ImageExplainer"/>.
    /// </summary>
    /// <param name="model">
    /// A model of <c>FeaturizeImages</c> and a linear classifier, or of <c>FineTuneImages</c>, that was trained or loaded.
    /// </param>
    /// <param name="image">The image.</param>
    /// <param name="label">The label; null for the predicted one.</param>
    /// <param name="options">
    /// The method and the layer; null for Grad-CAM of the last feature map, or of the last attention's tokens.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The model is of another kind or does not have the label, there is no such layer, or the method does not support the network.
    /// </exception>
    /// <exception cref="ImageFormatException">The image cannot be read.</exception>
    /// <exception cref="DllNotFoundException">The method needs gradients, and the program does not include the native libtorch.</exception>
    public static ImageExplanation Explain(this ITransformer model, ImageSource image, string? label = null, MapOptions? options = null)
    {
        using var explainer = new ImageExplainer(model, options);
        return explainer.Explain(image, label);
    }
}
