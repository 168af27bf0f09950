using Microsoft.ML;
using TransferKit.Pipelines.Featurizing;

namespace TransferKit.Tests.Pipelines.Saving;

/// <summary>Image classifiers saved as ONNX models, with models that TransferKit 0.1.0 saved.</summary>
public sealed class SaveImageModelAsOnnxTests : IDisposable
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Reference", "models");
    private static readonly string[] Images =
        [Path.Combine(Folder, "disc.png"), Path.Combine(Folder, "square.png"), Path.Combine(Folder, "both.png")];
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _context = new(1);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("svm.zip", "scores")]
    [InlineData("logistic-bytes.zip", "probabilities")]
    [InlineData("finetuned.zip", "probabilities")]
    public void Plain_ONNX_Runtime_predicts_the_same_by_the_metadata_alone(string model, string output)
    {
        string path = Path.Combine(Folder, model), onnx = _folder.File("model.onnx");
        var loaded = _context.Model.Load(path, out _);
        using (loaded as IDisposable)
            _context.Model.SaveImageModelAsOnnx(loaded, onnx);
        Assert.Equal(output, PlainOnnx.AssertSame(path, onnx, Images));
    }

    [Fact]
    public void Another_trainer_is_refused_and_no_file_is_left()
    {
        var photos = _context.Data.LoadImagesFromFolder(Drawings.Folder(_folder, each: 3));
        using var model = _context.Transforms.Conversion.MapValueToKey("Label")
            .Append(_context.Transforms.FeaturizeImages(new ImageFeaturizingEstimator.Options { Backbone = "lenet5", Weights = "none" }))
            .Append(_context.MulticlassClassification.Trainers.NaiveBayes())
            .Fit(photos);
        string onnx = _folder.File("model.onnx");
        var error = Assert.Throws<ArgumentException>(() => _context.Model.SaveImageModelAsOnnx(model, onnx));
        Assert.Contains("is no linear classifier", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Root));
    }
}
