using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Images;
using TransferKit.Pipelines.Classifying;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Featurizing;

namespace TransferKit.Tests;

/// <summary>Trains small models and saves them to files.</summary>
internal sealed class TrainedModels(TemporaryFolder folder)
{
    private static readonly Preprocessing Tiny = Preprocessing.ImageNet with { Resize = 64, Crop = 64 };
    private readonly MLContext _context = new(1);

    /// <summary>The kinds of models that <see cref="Train"/> knows.</summary>
    public static TheoryData<string> Kinds => ["svm", "logistic", "fine-tuned"];

    /// <summary>Trains a model, saves it, loads it by ML.NET, and returns the loaded model's predictions for the training photos.</summary>
    public (ImageFolder Photos, float[][] Scores, string[] Labels) Train(string kind, string file, int seed = 1, string photos = "photos")
    {
        var data = _context.Data.LoadImagesFromFolder(Drawings.Folder(folder, each: 6, name: photos));
        var pipeline = new EstimatorChain<ITransformer>()
            .Append<ITransformer>(_context.Transforms.Conversion.MapValueToKey("LabelKey", "Label"))
            .Append(Classifier(kind, seed))
            .Append<ITransformer>(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        using (var model = pipeline.Fit(data))
            _context.Model.Save(model, data.Schema, file);
        var loaded = new MLContext().Model.Load(file, out DataViewSchema _);
        using var disposable = loaded as IDisposable;
        var predictions = loaded.Transform(data);
        return (data, [.. predictions.GetColumn<float[]>("Score")], [.. predictions.GetColumn<string>("PredictedLabel")]);
    }

    private IEstimator<ITransformer> Classifier(string kind, int seed)
    {
        var trainers = _context.MulticlassClassification.Trainers;
        var featurize = _context.Transforms.FeaturizeImages(
            new ImageFeaturizingEstimator.Options { Backbone = "resnet18", Weights = "none", Preprocessing = Tiny, Seed = seed });
        var features = new EstimatorChain<ITransformer>().Append<ITransformer>(featurize).AppendCacheCheckpoint(_context);
        return kind switch
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
    }
}
