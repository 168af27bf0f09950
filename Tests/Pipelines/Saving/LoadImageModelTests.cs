using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Pipelines.Saving;

namespace TransferKit.Tests.Pipelines.Saving;

public sealed class LoadImageModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _context = new(1);

    private string ModelFile => _folder.File("model.zip");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("svm")]
    [InlineData("fine-tuned")]
    public void It_predicts_what_the_loaded_model_predicts_in_batches_and_row_by_row(string kind)
    {
        var (photos, scores, labels) = new TrainedModels(_folder).Train(kind, ModelFile);
        var model = _context.Model.LoadImageModel(ModelFile, out var schema);
        using var disposable = model as IDisposable;
        Assert.Equal(photos.Schema.Select(c => c.Name), schema.Select(c => c.Name));
        var featurizers = SavedChain.Steps([model]).OfType<ImageFeaturizingTransformer>();
        Assert.Single(featurizers);
        var predictions = model.Transform(photos);
        Assert.Equal(labels, predictions.GetColumn<string>("PredictedLabel"));
        foreach (var (i, score) in predictions.GetColumn<float[]>("Score").Index())
            Close.Equal(scores[i], score, 1e-4, $"photo {i}");
        using var engine = _context.Model.CreatePredictionEngine<Photo, Prediction>(model);
        Assert.Equal(labels[0], engine.Predict(new() { ImagePath = photos.Images[0].ImagePath }).PredictedLabel);

        string again = _folder.File("again.zip");
        _context.Model.Save(model, schema, again);
        var loaded = _context.Model.Load(again, out _);
        using var disposableLoaded = loaded as IDisposable;
        Assert.Equal(labels, loaded.Transform(photos).GetColumn<string>("PredictedLabel"));
    }

    [Fact]
    public void Models_without_an_input_schema_and_files_that_are_no_models_are_refused()
    {
        var model = _context.Model.Load(Path.Combine(AppContext.BaseDirectory, "Reference", "models", "svm.zip"), out _);
        using (model as IDisposable)
            _context.Model.Save(model, null, _folder.File("no-schema.zip"));
        Assert.Contains("was saved without its input schema", Refused("no-schema.zip"), StringComparison.Ordinal);
        File.WriteAllText(_folder.File("text.zip"), "no model");
        Assert.Contains("text.zip' is not an ML.NET model", Refused("text.zip"), StringComparison.Ordinal);

        string Refused(string name) =>
            Assert.Throws<InvalidDataException>(() => _context.Model.LoadImageModel(_folder.File(name), out _)).Message;
    }

    private sealed class Photo
    {
        public string ImagePath { get; set; } = "";

        public string Label { get; set; } = "";
    }

    private sealed class Prediction
    {
        public string PredictedLabel { get; set; } = "";
    }
}
