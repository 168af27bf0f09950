using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Images;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Pipelines.Classifying;

namespace TransferKit.Tests;

/// <summary>Small trained models in files.</summary>
internal sealed class TrainedModels(TemporaryFolder folder)
{
    private static readonly Preprocessing Tiny = Preprocessing.ImageNet with { Resize = 64, Crop = 64 };
    private readonly MLContext _context = new(1);

    public static TheoryData<string> Kinds => ["svm", "logistic", "fine-tuned"];

    /// <summary>Trains and saves a model, and gives what ML.NET's loaded model says of its own training photos.</summary>
    public (ImageFolder Photos, float[][] Scores, string[] Labels) Train(string kind, string file, int seed = 1, string labels = "photos")
    {
        var photos = _context.Data.LoadImagesFromFolder(Drawings.Folder(folder, each: 6, name: labels));
        var trainers = _context.MulticlassClassification.Trainers;
        var features = new EstimatorChain<ITransformer>().Append<ITransformer>(_context.Transforms.FeaturizeImages(
            new ImageFeaturizingEstimator.Options { Backbone = "resnet18", Weights = "none", Preprocessing = Tiny, Seed = seed })).AppendCacheCheckpoint(_context);
        IEstimator<ITransformer> middle = kind switch
        {
            "svm" => features.Append(trainers.LinearSvm("LabelKey")),
            "logistic" => features.Append(trainers.LbfgsMaximumEntropy("LabelKey")),
            _ => new EstimatorChain<ITransformer>().Append<ITransformer>(trainers.FineTuneImages(new FineTuneImagesEstimator.Options
            {
                LabelColumnName = "LabelKey",
                Backbone = "resnet18",
                Weights = "none",
                Preprocessing = Tiny,
                Epoch = 1,
                Seed = seed,
            })),
        };
        using (var model = new EstimatorChain<ITransformer>().Append<ITransformer>(_context.Transforms.Conversion.MapValueToKey("LabelKey", "Label")).Append(middle)
            .Append<ITransformer>(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(photos))
            _context.Model.Save(model, photos.Schema, file);
        var loaded = new MLContext().Model.Load(file, out DataViewSchema _);
        using var released = loaded as IDisposable;
        var scored = loaded.Transform(photos);
        return (photos, [.. scored.GetColumn<float[]>("Score")], [.. scored.GetColumn<string>("PredictedLabel")]);
    }
}
