using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Images;
using TransferKit.Maps;
using TransferKit.Pipelines.Classifying;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Explaining;
using TransferKit.Pipelines.Featurizing;

namespace TransferKit.Tests.Pipelines.Explaining;

public sealed class ExplainTests : IDisposable
{
    // Small, and ends with a global average and one linear layer, as CAM needs it.
    private const string Backbone = "shufflenet_v2_x0_5";
    private static readonly Preprocessing SmallImages = Preprocessing.ImageNet with { Resize = 64, Crop = 64 };
    private static readonly MapOptions Cam = new() { Method = MapMethod.Cam };
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _context = new(1);
    private readonly ImageFolder _photos;

    public ExplainTests() => _photos = _context.Data.LoadImagesFromFolder(Drawings.Folder(_folder, each: 6));

    public void Dispose() => _folder.Dispose();

    private MulticlassClassificationCatalog.MulticlassClassificationTrainers Trainers => _context.MulticlassClassification.Trainers;

    private ImageSource FirstImage => new(_photos.Images[0].ImagePath);

    public static TheoryData<string> Classifiers =>
        ["svm", "decision values", "sdca", "maximum entropy", "without unit length", "principal components"];

    [Theory, MemberData(nameof(Classifiers))]
    public void A_linear_classifier_on_features_is_explained(string classifier)
    {
        using var model = Train(Classifier(classifier));
        var image = FirstImage;
        var scored = model.Transform(_photos);
        float[] scores = scored.GetColumn<float[]>("Score").First();
        using var explainer = new ImageExplainer(model, Cam);
        Assert.Equal(["bars", "discs"], explainer.Labels);
        Assert.Equal(classifier is not ("decision values" or "sdca"), explainer.GivesProbabilities);
        foreach (var (label, score) in explainer.Labels.Zip(scores))
        {
            var explanation = explainer.Explain(image, label);
            Assert.Equal(label, explanation.Label);
            // For maximum entropy, the map is that of the logit, and the score its softmax.
            Assert.Equal(score, explanation.Score, 3);
            Assert.Equal(image.Decode().Width, explanation.Map.Width);
        }
        Assert.Equal(scored.GetColumn<string>("PredictedLabel").First(), explainer.Explain(image).Label);

        string path = _folder.File("model.zip");
        _context.Model.Save(model, _photos.Schema, path);
        var loaded = new MLContext().Model.Load(path, out _);
        using var disposable = loaded as IDisposable;
        float[] expected = explainer.Explain(image, "discs").Map.Values;
        Close.Equal(expected, loaded.Explain(image, "discs", Cam).Map.Values, 1e-5, "loaded");
    }

    [Fact]
    public void A_fine_tuned_network_is_explained_by_its_logits()
    {
        var options = new FineTuneImagesEstimator.Options
        {
            LabelColumnName = "LabelKey",
            Backbone = Backbone,
            Weights = "none",
            Preprocessing = SmallImages,
            Epoch = 2,
        };
        using var model = Train(new EstimatorChain<ITransformer>().Append<ITransformer>(Trainers.FineTuneImages(options)));
        var explanation = model.Explain(FirstImage, options: new MapOptions { Layer = "stage3" });
        var scored = model.Transform(_photos);
        Assert.Equal(scored.GetColumn<float[]>("Score").First().Max(), explanation.Score, 5);
        Assert.Equal(scored.GetColumn<string>("PredictedLabel").First(), explanation.Label);
        Assert.InRange(explanation.Map.Values.Max(), 0.5f, 1);
    }

    [Fact]
    public void A_transformer_is_explained_by_its_attention_before_and_after_saving()
    {
        using var model = Train(Features("vit_tiny_patch16_224").Append(Trainers.LinearSvm("LabelKey")));
        var options = new MapOptions { Method = MapMethod.AttentionRollout };
        var expected = model.Explain(FirstImage, options: options);
        Assert.Equal(1, expected.Map.Values.Max(), 0.1);
        Assert.NotEqual(expected.Map.Values, model.Explain(FirstImage).Map.Values);

        string path = _folder.File("model.zip");
        _context.Model.Save(model, _photos.Schema, path);
        var loaded = new MLContext().Model.Load(path, out _);
        using var disposable = loaded as IDisposable;
        Close.Equal(expected.Map.Values, loaded.Explain(FirstImage, options: options).Map.Values, 1e-5, "loaded");
    }

    [Fact]
    public void Unknown_labels_and_layers_are_rejected()
    {
        using var model = Train(Classifier("svm"));
        var image = FirstImage;
        var unknownLabel = Assert.Throws<ArgumentException>(() => model.Explain(image, "dics", Cam));
        Assert.Equal("Unknown label 'dics'; the model knows bars, discs.", unknownLabel.Message);
        var unknownLayer = Assert.Throws<ArgumentException>(() => model.Explain(image, options: new MapOptions { Layer = "layer9" }));
        Assert.Contains("'layer9'", unknownLayer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Models_of_other_kinds_are_rejected()
    {
        var transforms = _context.Transforms;
        AssertError("holds 0 networks", transforms.CopyColumns("Copy", "Label"), isClassifier: false);
        AssertError("no classifier after its network", Features(), isClassifier: false);
        AssertError("is no linear classifier", Features().Append(Trainers.NaiveBayes("LabelKey")));

        void AssertError(string message, IEstimator<ITransformer> pipeline, bool isClassifier = true)
        {
            using var model = Train(pipeline, isClassifier);
            var exception = Assert.Throws<ArgumentException>(() => new ImageExplainer(model));
            Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        }
    }

    private IEstimator<ITransformer> Classifier(string name)
    {
        var unitLengthFeatures = Features().Append(_context.Transforms.NormalizeLpNorm("Features"));
        var sdca = _context.BinaryClassification.Trainers.SdcaNonCalibrated("LabelKey");
        return name switch
        {
            "svm" => Features().Append(Trainers.LinearSvm("LabelKey")),
            "decision values" => Features().Append(Trainers.LinearSvm(
                new DeepLinearSvmEstimator.Options { LabelColumnName = "LabelKey", NumberOfCalibrationFolds = 0 })),
            "sdca" => unitLengthFeatures.Append(Trainers.OneVersusAll(sdca, "LabelKey", useProbabilities: false)),
            "maximum entropy" => unitLengthFeatures
                .Append(Trainers.LbfgsMaximumEntropy("LabelKey", l1Regularization: 0, l2Regularization: 0.01f)),
            "principal components" => Features().Append(_context.Transforms.ProjectToPrincipalComponents("Features", rank: 3))
                .Append(Trainers.SdcaMaximumEntropy("LabelKey", maximumNumberOfIterations: 20)),
            _ => Features().Append(Trainers.SdcaMaximumEntropy("LabelKey")),
        };
    }

    // The cache keeps trainers, which read their input many times, from running the network each time.
    private EstimatorChain<ITransformer> Features(string backbone = Backbone) => new EstimatorChain<ITransformer>()
        .Append<ITransformer>(_context.Transforms.FeaturizeImages(
            new ImageFeaturizingEstimator.Options { Backbone = backbone, Weights = "none", Preprocessing = SmallImages }))
        .AppendCacheCheckpoint(_context);

    private TransformerChain<ITransformer> Train(IEstimator<ITransformer> pipeline, bool isClassifier = true)
    {
        var chain = new EstimatorChain<ITransformer>()
            .Append<ITransformer>(_context.Transforms.Conversion.MapValueToKey("LabelKey", "Label"))
            .Append(pipeline);
        if (isClassifier)
            chain = chain.Append<ITransformer>(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        return chain.Fit(_photos);
    }
}
