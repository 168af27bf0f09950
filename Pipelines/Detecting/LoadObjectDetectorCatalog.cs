using TransferKit.Detection;
using TransferKit.Pipelines.Detecting;

// ML.NET's packages put their extension methods where MLContext is, so that they are found without a further using.
namespace Microsoft.ML;

/// <summary>Adds the loading of detectors to <c>mlContext.Model</c>.</summary>
public static class LoadObjectDetectorCatalog
{
    /// <summary>
    /// Loads a model that <c>DetectObjects</c> or <c>FineTuneDetector</c> made as an <see cref="ObjectDetector"/>. It detects the same as
    /// the chain of transformers that <c>Model.Load</c> gives, but faster, and several threads may use it.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="filePath">The model file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not a saved detector.</exception>
    public static ObjectDetector LoadObjectDetector(this ModelOperationsCatalog catalog, string filePath)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(filePath);
        using var file = File.OpenRead(filePath);
        try
        {
            return SavedDetector.Load(file);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException or InvalidDataException or ArgumentException)
        {
            throw new InvalidDataException($"'{filePath}' cannot be loaded as a detector: {e.Message}", e);
        }
    }
}
