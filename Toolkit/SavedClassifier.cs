using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Pipelines.Evaluating;

namespace TransferKit.Toolkit;

/// <summary>A classifier of photos from a model file.</summary>
internal sealed class SavedClassifier : IDisposable
{
    /// <summary>Loads an ML.NET model and checks that it makes labels and scores of paths.</summary>
    /// <exception cref="InvalidDataException">The file is no ML.NET model, or another kind of one.</exception>
    public SavedClassifier(MLContext context, FileInfo file)
    {
        try
        {
            Model = context.Model.Load(file.FullName, out _);
            var schema = Model.GetOutputSchema(context.Data.LoadFromEnumerable(Array.Empty<Photo>()).Schema);
            if (schema.GetColumnOrNull("PredictedLabel")?.Type is not TextDataViewType)
                throw new InvalidDataException("it gives no text column 'PredictedLabel'.");
            Labels = Evaluation.LabelsOf(schema);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException or InvalidDataException or ArgumentException)
        {
            Dispose();
            throw new InvalidDataException($"'{file}' is no classifier of photos that can be loaded: {e.Message}", e);
        }
    }

    /// <summary>The model.</summary>
    public ITransformer Model { get; } = null!;

    /// <summary>The label of each score.</summary>
    public IReadOnlyList<string> Labels { get; } = [];

    /// <summary>Releases the network and the file that ML.NET unpacked it to.</summary>
    public void Dispose() => (Model as IDisposable)?.Dispose();

    /// <summary>A photo with the columns that `train` and `finetune` train on: the file's path, or its content, which is read where it is asked for.</summary>
    public sealed class Photo
    {
        public string ImagePath { get; set; } = "";

        public byte[] Image => File.ReadAllBytes(ImagePath);

        public string Label { get; set; } = "";
    }
}
