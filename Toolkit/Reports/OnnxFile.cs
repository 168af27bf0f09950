using Microsoft.ML;

namespace TransferKit.Toolkit.Reports;

/// <summary>The ONNX file that <c>train</c> writes beside an ML.NET model.</summary>
internal static class OnnxFile
{
    /// <summary>Returns the name of the ONNX file beside a model.</summary>
    /// <param name="model">The ML.NET model file.</param>
    public static string PathBeside(string model) => Path.ChangeExtension(model, ".onnx");

    /// <summary>Writes a model as ONNX.</summary>
    /// <remarks>A failure is only logged, because the ML.NET model is complete without the ONNX file.</remarks>
    /// <param name="output">Receives the message where it fails.</param>
    /// <param name="context">The context.</param>
    /// <param name="model">The model.</param>
    /// <param name="path">The file to write.</param>
    /// <returns>The path, or null where nothing was written.</returns>
    public static string? Write(CommandOutput output, MLContext context, ITransformer model, string path)
    {
        try
        {
            context.Model.SaveImageModelAsOnnx(model, path);
            return path;
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException or OverflowException)
        {
            output.Log($"The ONNX file '{path}' was not written: {e.Message}");
            return null;
        }
    }
}
