using TransferKit.Backbones;
using TransferKit.Pipelines.Featurizing;

// ML.NET's packages put their extension methods into the namespace of MLContext, so that no further using is needed.
namespace Microsoft.ML;

/// <summary>Adds image featurization to <c>mlContext.Transforms</c>.</summary>
public static class FeaturizeImagesCatalog
{
    /// <summary>Computes the feature vectors of images with a pretrained network.</summary>
    /// <param name="catalog">The transforms catalog.</param>
    /// <param name="outputColumnName">The column of features to add: a vector of <see cref="float"/> of known size.</param>
    /// <param name="imageColumnName">The column of images: paths, encoded image files, or <see cref="Data.MLImage"/>.</param>
    /// <param name="backbone">
    /// A network's name, as <c>transferkit models</c> lists it, or a backbone of your own; null for <see cref="Registry.Default"/>. Its
    /// weights are those bundled with TransferKit, or else the best published ones.
    /// </param>
    /// <exception cref="ArgumentException">The backbone is unknown.</exception>
    public static ImageFeaturizingEstimator FeaturizeImages(
        this TransformsCatalog catalog, string outputColumnName, string imageColumnName, Backbone? backbone = null) =>
        catalog.FeaturizeImages(new ImageFeaturizingEstimator.Options
        {
            OutputColumnName = outputColumnName,
            ImageColumnName = imageColumnName,
            Backbone = backbone ?? Registry.Default,
        });

    /// <summary>Computes the feature vectors of images with a pretrained network.</summary>
    /// <param name="catalog">The transforms catalog.</param>
    /// <param name="options">The columns, the network, and how it runs. The estimator keeps a copy.</param>
    /// <exception cref="ArgumentException">An option is invalid.</exception>
    public static ImageFeaturizingEstimator FeaturizeImages(this TransformsCatalog catalog, ImageFeaturizingEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ImageFeaturizingEstimator(options);
    }
}
