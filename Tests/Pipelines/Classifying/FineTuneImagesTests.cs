using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Backbones;
using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Pipelines.Classifying;
using TransferKit.Pipelines.Data;
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
        var photos = Draw(6);
        using var model = Pipeline(Options()).Fit(photos);
        var scored = model.Transform(photos);
        AssertScoresHaveNames(scored);
        string[] columns = ["ImagePath", "Label", "LabelKey", "PredictedLabel", "Score"];
        Assert.Equal(columns, scored.Schema.Where(c => !c.IsHidden).Select(c => c.Name).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(scored.Schema, c => c.Name.EndsWith("Probabilities", StringComparison.Ordinal));
        Assert.InRange(_context.MulticlassClassification.Evaluate(scored, "LabelKey").MicroAccuracy, 0.5, 1);
        AssertSavedModelScoresTheSame(model, photos);

        using var engine = _context.Model.CreatePredictionEngine<Photo, Prediction>(model);
        var single = engine.Predict(new Photo { ImagePath = photos.Images[0].ImagePath });
        Close.Equal(Scores(scored)[0], single.Score, 1e-5, "one row");
        Assert.Equal(scored.GetColumn<string>("PredictedLabel").First(), single.PredictedLabel);
    }

    /// <summary>An architecture that no registry knows is trained, saved, loaded and used like any other.</summary>
    [Fact]
    public void A_backbone_of_ones_own_is_trained_saved_and_loaded()
    {
        static Value Build(Value image, int classes) => image
            .Conv("conv1", 8, kernel: 3, stride: 2).BatchNorm("bn1").Relu()
            .Conv("conv2", 16, kernel: 3, stride: 2).BatchNorm("bn2").Relu()
            .GlobalAveragePool().As("features")
            .Linear("fc", classes);
        var options = Options();
        options.Backbone = new Backbone("tiny_convnet", "a test", Build, Weights: []);
        (options.Mode, options.WorkspacePath) = (FineTuneMode.AllLayers, _folder.File("run"));
        var photos = Draw(6);
        using var model = Pipeline(options).Fit(photos);
        var trained = model.OfType<FineTunedImagesTransformer>().Single().Trained;
        Assert.Contains("fc.weight", trained.Network.Weights.Keys);
        AssertScoresHaveNames(model.Transform(photos));
        AssertSavedModelScoresTheSame(model, photos);

        options.Resume = true;
        using var resumed = Pipeline(options).Fit(photos);
        Assert.Equal(Scores(model.Transform(photos)), Scores(resumed.Transform(photos)));
    }

    [Fact]
    public void Images_may_be_bytes_and_labels_keys_of_any_type()
    {
        var rows = _context.Data.LoadFromEnumerable(Draw(4).Images.Select(i => new Encoded
        {
            Image = File.ReadAllBytes(i.ImagePath),
            Kind = i.Label == "bars" ? 10 : 20,
        }).ToArray());
        var options = Options();
        (options.ImageColumnName, options.LabelColumnName) = ("Image", "Kind");
        var keyed = _context.Transforms.Conversion.MapValueToKey("Kind").Fit(rows).Transform(rows);
        using var model = Trainer(options).Fit(keyed);
        var scored = model.Transform(keyed);
        var labeled = _context.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(scored).Transform(scored);
        Assert.All(labeled.GetColumn<int>("PredictedLabel"), label => Assert.True(label is 10 or 20));
        Assert.Equal(2, model.Trained.History.Count);
    }

    [Fact]
    public void The_image_column_has_also_the_name_that_MLNET_gives_it()
    {
        var options = new FineTuneImagesEstimator.Options { FeatureColumnName = "Photo" };
        Assert.Equal("Photo", options.ImageColumnName);
        options.ImageColumnName = "Picture";
        Assert.Equal("Picture", options.FeatureColumnName);
    }

    [Fact]
    public void Callbacks_receive_every_epoch_and_a_token_ends_the_training()
    {
        var photos = Draw(5);
        var options = Options();
        using var cancellation = new CancellationTokenSource();
        var epochs = new List<EpochMetrics>();
        options.Epoch = 10;
        options.CancellationToken = cancellation.Token;
        options.MetricsCallback = metrics =>
        {
            epochs.Add(metrics);
            if (metrics.Epoch == 3)
                cancellation.Cancel();
        };
        using var model = Pipeline(options).Fit(photos);
        Assert.Equal([1, 2, 3], epochs.Select(m => m.Epoch));
        Assert.All(epochs, m => Assert.NotNull(m.ValidationAccuracy));
        cancellation.Cancel();
        Assert.Throws<OperationCanceledException>(() => Pipeline(options).Fit(photos));
    }

    [Fact]
    public void The_log_of_the_context_receives_every_epoch()
    {
        var options = Options();
        options.Log = _context;
        var messages = new List<string>();
        _context.Log += (_, message) =>
        {
            if (message.Source.Contains("FineTuneImages", StringComparison.Ordinal))
                messages.Add(message.RawMessage);
        };
        using var model = Pipeline(options).Fit(Draw(4));
        Assert.Contains("mobilenet_v3_small, LastLayer: 6 training and 2 validation images of 2 classes.", messages);
        Assert.Equal(2, messages.Count(t => t.StartsWith("Epoch ", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_validation_set_with_other_keys_is_refused()
    {
        var photos = Draw(4);
        var key = _context.Transforms.Conversion.MapValueToKey("LabelKey", "Label").Fit(photos);
        var options = Options();
        options.ValidationSet = key.Transform(photos);
        using (var model = Trainer(options).Fit(key.Transform(photos)))
            Assert.All(model.Trained.History, m => Assert.NotNull(m.ValidationAccuracy));
        var discsFirst = _context.Data.LoadFromEnumerable(photos.Images.OrderByDescending(i => i.Label).ToArray());
        options.ValidationSet = _context.Transforms.Conversion.MapValueToKey("LabelKey", "Label").Fit(discsFirst).Transform(discsFirst);
        var error = Assert.Throws<ArgumentException>(() => Trainer(options).Fit(key.Transform(photos)));
        Assert.StartsWith("The label 'LabelKey' of the validation set has other keys (discs, bars) than that of the training set "
            + "(bars, discs)", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Label", "Picture", "There is no image column 'Picture'; the columns are")]
    [InlineData("Name", "ImagePath", "There is no column 'Name' to take labels from; there are ImagePath, Label.")]
    [InlineData("Label", "ImagePath", "The label 'Label' of type String is invalid: it must be a key of at least two values.")]
    public void Wrong_columns_are_named(string label, string image, string message)
    {
        var options = Options();
        (options.LabelColumnName, options.ImageColumnName) = (label, image);
        var error = Assert.Throws<ArgumentException>(() => Trainer(options).Fit(Draw(2)));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
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

    private ImageFolder Draw(int each) => _context.Data.LoadImagesFromFolder(Drawings.Folder(_folder, each));

    private FineTuneImagesEstimator Trainer(FineTuneImagesEstimator.Options options) =>
        _context.MulticlassClassification.Trainers.FineTuneImages(options);

    private EstimatorChain<ITransformer> Pipeline(FineTuneImagesEstimator.Options options) =>
        new EstimatorChain<ITransformer>()
            .Append(_context.Transforms.Conversion.MapValueToKey("LabelKey", "Label"))
            .Append(Trainer(options))
            .Append<ITransformer>(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));

    private void AssertSavedModelScoresTheSame(TransformerChain<ITransformer> model, ImageFolder photos)
    {
        string file = _folder.File("model.zip");
        _context.Model.Save(model, photos.Schema, file);
        var loaded = new MLContext().Model.Load(file, out _);
        using var disposable = loaded as IDisposable;
        IDataView before = model.Transform(photos), after = loaded.Transform(photos);
        AssertScoresHaveNames(after);
        foreach (var (expected, actual) in Scores(before).Zip(Scores(after)))
            Close.Equal(expected, actual, 1e-5, "saved");
        Assert.Equal(before.GetColumn<string>("PredictedLabel"), after.GetColumn<string>("PredictedLabel"));
    }

    private static void AssertScoresHaveNames(IDataView scored)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        scored.Schema["Score"].GetSlotNames(ref names);
        Assert.Equal(["bars", "discs"], names.DenseValues().Select(n => n.ToString()));
        foreach (var (score, label) in Scores(scored).Zip(scored.GetColumn<string>("PredictedLabel")))
        {
            Assert.Equal(1, score.Sum(), 1e-5f);
            Assert.Equal(score[0] >= score[1] ? "bars" : "discs", label);
        }
    }

    private static float[][] Scores(IDataView scored) => [.. scored.GetColumn<float[]>("Score")];

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
