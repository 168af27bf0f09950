using TransferKit.Backbones;
using TransferKit.Pipelines.Featurizing;

// ML.NET's packages put their extension methods where MLContext is, so that they are found without a further using.
namespace Microsoft.ML;

/// <summary>Adds image featurization to <c>mlContext.Transforms</c>.</summary>
public static class FeaturizeImagesCatalog
{
    /// <summary>Turns images into the feature vectors of a pretrained network, with the weights that come with TransferKit or the best published.</summary>
    /// <param name="catalog">The transforms' catalog.</param>
    /// <param name="outputColumnName">The column that takes the features, a vector of single precision and known size.</param>
    /// <param name="imageColumnName">The column that holds the images: paths, encoded bytes, or MLImage.</param>
    /// <param name="backbone">The architecture, as <c>transferkit models</c> lists it.</param>
    /// <exception cref="ArgumentException">There is no such backbone.</exception>
    public static ImageFeaturizingEstimator FeaturizeImages(this TransformsCatalog catalog, string outputColumnName, string imageColumnName, Backbone? backbone = null) =>
        catalog.FeaturizeImages(new ImageFeaturizingEstimator.Options
        {
            OutputColumnName = outputColumnName,
            ImageColumnName = imageColumnName,
            Backbone = backbone ?? Registry.Default,
        });

    /// <summary>Turns images into the feature vectors of a pretrained network.</summary>
    /// <exception cref="ArgumentException">An option is impossible.</exception>
    public static ImageFeaturizingEstimator FeaturizeImages(this TransformsCatalog catalog, ImageFeaturizingEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ImageFeaturizingEstimator(options);
    }
}
