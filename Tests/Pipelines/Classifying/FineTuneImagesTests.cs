using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Images;
using TransferKit.Pipelines.Classifying;
using TransferKit.Training;

namespace TransferKit.Tests.Pipelines.Classifying;

public sealed class FineTuneImagesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _context = new(1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Scores_are_probabilities_with_names_and_a_saved_model_gives_the_same()
    {
        var photos = _context.Data.LoadImagesFromFolder(Drawings.Folder(_folder, each: 6));
        using var model = Pipeline(Options()).Fit(photos);
        var scored = model.Transform(photos);
        Check(scored);
        // The chain checked the shapes before it trained; these are what came out.
        Assert.Equal(["ImagePath", "Label", "LabelKey", "PredictedLabel", "Score"], scored.Schema.Where(c => !c.IsHidden).Select(c => c.Name).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(scored.Schema, c => c.Name.EndsWith("Probabilities", StringComparison.Ordinal));
        Assert.InRange(_context.MulticlassClassification.Evaluate(scored, "LabelKey").MicroAccuracy, 0.5, 1);

        _context.Model.Save(model, photos.Schema, _folder.File("model.zip"));
        var loaded = new MLContext().Model.Load(_folder.File("model.zip"), out _);
        using var __ = loaded as IDisposable;
        var again = loaded.Transform(photos);
        Check(again);
        foreach (var (one, other) in scored.GetColumn<float[]>("Score").Zip(again.GetColumn<float[]>("Score")))
            Close.Equal(one, other, 1e-5, "saved");
        Assert.Equal(scored.GetColumn<string>("PredictedLabel"), again.GetColumn<string>("PredictedLabel"));

        using var engine = _context.Model.CreatePredictionEngine<Photo, Prediction>(model);
        var single = engine.Predict(new Photo { ImagePath = photos.Images[0].ImagePath });
        Close.Equal(scored.GetColumn<float[]>("Score").First(), single.Score, 1e-5, "one row");
        Assert.Equal(scored.GetColumn<string>("PredictedLabel").First(), single.PredictedLabel);
    }

    [Fact]
    public void Images_may_come_as_bytes_and_labels_of_any_key()
    {
        var photos = _context.Data.LoadImagesFromFolder(Drawings.Folder(_folder, each: 4));
        var rows = _context.Data.LoadFromEnumerable(photos.Images.Select(i => new Encoded { Image = File.ReadAllBytes(i.ImagePath), Kind = i.Label == "bars" ? 10 : 20 }).ToArray());
        var options = Options();
        (options.FeatureColumnName, options.LabelColumnName) = ("Image", "Kind");
        var keyed = _context.Transforms.Conversion.MapValueToKey("Kind").Fit(rows).Transform(rows);
        using var model = _context.MulticlassClassification.Trainers.FineTuneImages(options).Fit(keyed);
        var scored = model.Transform(keyed);
        var predicted = _context.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(scored).Transform(scored).GetColumn<int>("PredictedLabel");
        Assert.All(predicted, label => Assert.True(label is 10 or 20));
        Assert.Equal(2, model.Tuned.History.Count);
    }

    [Fact]
    public void Callbacks_are_told_of_every_epoch_and_a_token_ends_the_training()
    {
        var photos = _context.Data.LoadImagesFromFolder(Drawings.Folder(_folder, each: 5));
        var options = Options();
        using var stop = new CancellationTokenSource();
        var told = new List<EpochMetrics>();
        options.Epoch = 10;
        options.CancellationToken = stop.Token;
        options.MetricsCallback = metrics =>
        {
            told.Add(metrics);
            if (metrics.Epoch == 3)
                stop.Cancel();
        };
        using var model = Pipeline(options).Fit(photos);
        Assert.Equal([1, 2, 3], told.Select(m => m.Epoch));
        Assert.All(told, m => Assert.NotNull(m.ValidationAccuracy));
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => Pipeline(options).Fit(photos));
    }

    [Fact]
    public void The_context_s_log_tells_of_the_training()
    {
        var photos = _context.Data.LoadImagesFromFolder(Drawings.Folder(_folder, each: 4));
        var options = Options();
        options.Log = _context;
        var told = new List<string>();
        _context.Log += (_, message) =>
        {
            if (message.Source.Contains("FineTuneImages", StringComparison.Ordinal))
                told.Add(message.RawMessage);
        };
        using var model = Pipeline(options).Fit(photos);
        Assert.Contains("mobilenet_v3_small, LastLayer: 6 images of 2 classes to learn from, 2 to choose the best epoch.", told);
        Assert.Equal(2, told.Count(t => t.StartsWith("Epoch ", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_validation_set_with_other_keys_is_refused()
    {
        var photos = _context.Data.LoadImagesFromFolder(Drawings.Folder(_folder, each: 4));
        var key = _context.Transforms.Conversion.MapValueToKey("LabelKey", "Label").Fit(photos);
        var options = Options();
        options.ValidationSet = key.Transform(photos);
        using (var model = _context.MulticlassClassification.Trainers.FineTuneImages(options).Fit(key.Transform(photos)))
            Assert.All(model.Tuned.History, m => Assert.NotNull(m.ValidationAccuracy));
        var discsFirst = photos.Images.OrderByDescending(i => i.Label).ToArray();
        var other = _context.Data.LoadFromEnumerable(discsFirst);
        options.ValidationSet = _context.Transforms.Conversion.MapValueToKey("LabelKey", "Label").Fit(other).Transform(other);
        var wrong = Assert.Throws<ArgumentException>(() => _context.MulticlassClassification.Trainers.FineTuneImages(options).Fit(key.Transform(photos)));
        Assert.StartsWith("The label 'LabelKey' of the validation set has other keys (discs, bars) than that of the training set (bars, discs)", wrong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Label", "Picture", "There is no column 'Picture' to take images from")]
    [InlineData("Name", "ImagePath", "There is no column 'Name' to take labels from; there are ImagePath, Label.")]
    [InlineData("Label", "ImagePath", "The label 'Label' is String; a key of two or more values is needed")]
    public void Wrong_columns_are_named(string label, string image, string message)
    {
        var photos = _context.Data.LoadImagesFromFolder(Drawings.Folder(_folder, each: 2));
        var options = Options();
        (options.LabelColumnName, options.FeatureColumnName) = (label, image);
        Assert.StartsWith(message, Assert.Throws<ArgumentException>(() => _context.MulticlassClassification.Trainers.FineTuneImages(options).Fit(photos)).Message, StringComparison.Ordinal);
    }

    private static FineTuneImagesEstimator.Options Options() => new()
    {
        LabelColumnName = "LabelKey",
        Backbone = "mobilenet_v3_small",
        Weights = "none",
        Preprocessing = Preprocessing.ImageNet with { Resize = 40, Crop = 32 },
        Epoch = 2,
        BatchSize = 4,
        ValidationSetFraction = 0.2,
    };

    private EstimatorChain<ITransformer> Pipeline(FineTuneImagesEstimator.Options options) =>
        new EstimatorChain<ITransformer>()
            .Append(_context.Transforms.Conversion.MapValueToKey("LabelKey", "Label"))
            .Append(_context.MulticlassClassification.Trainers.FineTuneImages(options))
            .Append<ITransformer>(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));

    private static void Check(IDataView scored)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        scored.Schema["Score"].GetSlotNames(ref names);
        Assert.Equal(["bars", "discs"], names.DenseValues().Select(n => n.ToString()));
        foreach (var (score, label) in scored.GetColumn<float[]>("Score").Zip(scored.GetColumn<string>("PredictedLabel")))
        {
            Assert.Equal(1, score.Sum(), 1e-5f);
            Assert.Equal(score[0] >= score[1] ? "bars" : "discs", label);
        }
    }

    private sealed class Photo
    {
        public string ImagePath { get; set; } = "";

        public string Label { get; set; } = "";
    }

    private sealed class Encoded
    {
        public byte[] Image { get; set; } = [];

        public int Kind { get; set; }
    }

    private sealed class Prediction
    {
        public float[] Score { get; set; } = [];

        public string PredictedLabel { get; set; } = "";
    }
}
