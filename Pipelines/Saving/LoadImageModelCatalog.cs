using TransferKit.Pipelines.Saving;

// ML.NET's packages put their extension methods into the namespace of MLContext, so that no further using is needed.
namespace Microsoft.ML;

/// <summary>Adds the loading of image models to <c>mlContext.Model</c>.</summary>
public static class LoadImageModelCatalog
{
    /// <summary>
    /// Loads a model file whose networks read images ahead and run on batches, as they did when they were trained. A model that
    /// <c>Load</c> returns predicts the same, image by image.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="filePath">The model file, saved with its input schema.</param>
    /// <param name="inputSchema">The schema of the data that the model was trained on.</param>
    /// <returns>
    /// The model, to be disposed after use. Parts other than <c>FeaturizeImages</c> and <c>FineTuneImages</c> are those that <c>Load</c>
    /// returns.
    /// </returns>
    /// <exception cref="InvalidDataException">The file is no ML.NET model, or was saved without an input schema.</exception>
    public static ITransformer LoadImageModel(this ModelOperationsCatalog catalog, string filePath, out DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(filePath);
        (var model, inputSchema) = BatchedModel.Load(catalog, filePath);
        return model;
    }
}
