using Microsoft.ML;

namespace TransferKit.Toolkit;

/// <summary>Loading model files.</summary>
internal static class SavedModel
{
    /// <summary>Loads an ML.NET model.</summary>
    /// <exception cref="InvalidDataException">The file is no ML.NET model.</exception>
    public static ITransformer Load(MLContext context, FileInfo file)
    {
        try
        {
            return context.Model.Load(file.FullName, out _);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException or InvalidDataException or ArgumentException)
        {
            throw new InvalidDataException($"'{file}' is no ML.NET model that can be loaded: {e.Message}", e);
        }
    }
}
