using TransferKit.Engines.Onnx;
using TransferKit.Pipelines.Saving;

// ML.NET's packages put their extension methods into the namespace of MLContext, so that no further using is needed.
namespace Microsoft.ML;

/// <summary>Adds saving image classifiers as ONNX models to <c>mlContext.Model</c>.</summary>
public static class SaveImageModelAsOnnxCatalog
{
    /// <summary>
    /// Saves an image classifier as one ONNX model, which other programs run without ML.NET and TransferKit: from RGB levels, batch x 3 x
    /// height x width from 0 to 255, to <c>probabilities</c>, or to <c>scores</c> where the model gives decision values. Its metadata say
    /// how images are resized and cropped and which class each output is.
    /// </summary>
    /// <param name="catalog">The model catalog.</param>
    /// <param name="model">
    /// A model of <c>FeaturizeImages</c> and a linear classifier, or of <c>FineTuneImages</c>, that was trained or loaded.
    /// </param>
    /// <param name="path">The .onnx file. It is written under a temporary name first.</param>
    /// <exception cref="ArgumentException">The model is of another kind; the message says why.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="OverflowException">The model would exceed the 2 GiB that an ONNX file can have.</exception>
    public static void SaveImageModelAsOnnx(this ModelOperationsCatalog catalog, ITransformer model, string path)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(path);
        var saved = SavedNetwork.Of(model);
        OnnxExport.Write(saved.Probabilities ? saved.Network.WithProbabilities() : saved.Network, path, new OnnxOptions
        {
            OutputName = saved.Probabilities ? "probabilities" : "scores",
            Normalization = saved.Preprocessing,
            Labels = saved.Labels,
        });
    }
}
