using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Pipelines.Evaluating;
using TransferKit.Toolkit.Commands;

namespace TransferKit.Toolkit;

/// <summary>An image classifier loaded from a model file.</summary>
internal sealed class SavedClassifier : IDisposable
{
    /// <summary>Loads an ML.NET model and checks that it predicts labels with scores.</summary>
    /// <param name="context">The context.</param>
    /// <param name="file">The model file.</param>
    /// <exception cref="InvalidDataException">The file is not an ML.NET model, or the model is not an image classifier.</exception>
    public SavedClassifier(MLContext context, FileInfo file)
    {
        (Model, Labels) = ModelFile.LoadClassifier(file.FullName, () => Load(context, file));
    }

    /// <summary>The model.</summary>
    public ITransformer Model { get; }

    /// <summary>The label of each score.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>Releases the network, and the file that ML.NET unpacked it to.</summary>
    public void Dispose() => (Model as IDisposable)?.Dispose();

    private static (ITransformer Model, IReadOnlyList<string> Labels) Load(MLContext context, FileInfo file)
    {
        ITransformer? model = null;
        try
        {
            model = context.Model.Load(file.FullName, out _);
            var schema = model.GetOutputSchema(context.Data.LoadFromEnumerable(Array.Empty<Photo>()).Schema);
            if (schema.GetColumnOrNull("PredictedLabel")?.Type is not TextDataViewType)
                throw new InvalidDataException("it has no text column 'PredictedLabel'.");
            return (model, Evaluation.LabelsOf(schema));
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException or InvalidDataException or ArgumentException)
        {
            (model as IDisposable)?.Dispose();
            throw new InvalidDataException($"'{file}' is not an image classifier that can be loaded: {e.Message}", e);
        }
    }

    /// <summary>A row with the columns that a model may read: the image's path, or the file's content, read on demand.</summary>
    public sealed class Photo
    {
        /// <summary>The path.</summary>
        public string ImagePath { get; set; } = "";

        /// <summary>The content of the file.</summary>
        public byte[] Image => File.ReadAllBytes(ImagePath);

        /// <summary>The label.</summary>
        public string Label { get; set; } = "";
    }
}
