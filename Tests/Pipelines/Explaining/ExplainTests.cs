using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Images;
using TransferKit.Maps;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Explaining;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Pipelines.Classifying;

namespace TransferKit.Tests.Pipelines.Explaining;

public sealed class ExplainTests : IDisposable
{
    private static readonly Preprocessing Tiny = Preprocessing.ImageNet with { Resize = 64, Crop = 64 };
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _context = new(1);

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Heads => ["svm", "sdca", "maximum entropy", "without length"];

    [Theory, MemberData(nameof(Heads))]
    public void A_linear_head_on_features_is_followed(string head)
    {
        var (photos, model) = Trained(Trainer(head));
        using var __ = model;
        var image = new ImageSource(photos.Images[0].ImagePath);
        var scored = model.Transform(photos);
        float[] scores = scored.GetColumn<float[]>("Score").First();
        using var explainer = new ImageExplainer(model, new MapOptions { Method = MapMethod.Cam });
        Assert.Equal(["bars", "discs"], explainer.Labels);
        foreach (var (label, score) in explainer.Labels.Zip(scores))
        {
            var explained = explainer.Explain(image, label);
            Assert.Equal(label, explained.Label);
            // Of a maximum-entropy model the logit is explained, and its softmax given.
            Assert.Equal(score, explained.Score, 3);
            Assert.Equal(image.Decode().Width, explained.Map.Width);
        }
        Assert.Equal(scored.GetColumn<string>("PredictedLabel").First(), explainer.Explain(image).Label);

        _context.Model.Save(model, photos.Schema, _folder.File("model.zip"));
        var loaded = new MLContext().Model.Load(_folder.File("model.zip"), out _);
        using var ___ = loaded as IDisposable;
        Close.Equal(explainer.Explain(image, "discs").Map.Values, loaded.Explain(image, "discs", new MapOptions { Method = MapMethod.Cam }).Map.Values, 1e-5, "loaded");
    }

    [Fact]
    public void A_fine_tuned_network_is_explained_by_its_logits()
    {
        var (photos, model) = Trained(new EstimatorChain<ITransformer>().Append<ITransformer>(_context.MulticlassClassification.Trainers.FineTuneImages(
            new FineTuneImagesEstimator.Options { LabelColumnName = "LabelKey", Backbone = "resnet18", Weights = "none", Preprocessing = Tiny, Epoch = 2 })));
        using var __ = model;
        var image = new ImageSource(photos.Images[0].ImagePath);
        var explained = model.Explain(image, options: new MapOptions { Layer = "layer3" });
        Assert.Equal(model.Transform(photos).GetColumn<float[]>("Score").First().Max(), explained.Score, 5);
        Assert.Equal(model.Transform(photos).GetColumn<string>("PredictedLabel").First(), explained.Label);
        Assert.InRange(explained.Map.Values.Max(), 0.5f, 1);
    }

    [Fact]
    public void What_cannot_be_followed_is_said()
    {
        var trainers = _context.MulticlassClassification.Trainers;
        var (photos, model) = Trained(Trainer("svm"));
        using (model)
        {
            var image = new ImageSource(photos.Images[0].ImagePath);
            Assert.Equal("Unknown label 'dics'; the model knows bars, discs.", Assert.Throws<ArgumentException>(() => model.Explain(image, "dics", new MapOptions { Method = MapMethod.Cam })).Message);
            Assert.Contains("'layer9'", Assert.Throws<ArgumentException>(() => model.Explain(image, options: new MapOptions { Layer = "layer9" })).Message, StringComparison.Ordinal);
        }
        Assert.Contains("holds 0 networks", Refused(_context.Transforms.CopyColumns("Copy", "Label"), classifies: false), StringComparison.Ordinal);
        Assert.Contains("no classifier after its network", Refused(Features(), classifies: false), StringComparison.Ordinal);
        Assert.Contains("was not trained on the network's 512 features, but on what was made of them", Refused(Features().Append(_context.Transforms.ProjectToPrincipalComponents("Features", rank: 3)).Append(trainers.SdcaMaximumEntropy("LabelKey", maximumNumberOfIterations: 20))), StringComparison.Ordinal);
        Assert.Contains("is no linear classifier", Refused(Features().Append(_context.Transforms.NormalizeMinMax("Features")).Append(trainers.LbfgsMaximumEntropy("LabelKey", l1Regularization: 0, l2Regularization: 0.01f))), StringComparison.Ordinal);
        Assert.Contains("is no linear classifier", Refused(Features().Append(trainers.OneVersusAll(_context.BinaryClassification.Trainers.LbfgsLogisticRegression("LabelKey", l1Regularization: 0, l2Regularization: 0.01f), "LabelKey"))), StringComparison.Ordinal);

        string Refused(IEstimator<ITransformer> pipeline, bool classifies = true)
        {
            var (_, other) = Trained(pipeline, classifies);
            using var __ = other;
            return Assert.Throws<ArgumentException>(() => new ImageExplainer(other)).Message;
        }
    }

    private IEstimator<ITransformer> Trainer(string head)
    {
        var trainers = _context.MulticlassClassification.Trainers;
        return head switch
        {
            "svm" => Features().Append(trainers.LinearSvm("LabelKey")),
            "sdca" => Features().Append(_context.Transforms.NormalizeLpNorm("Features")).Append(trainers.OneVersusAll(_context.BinaryClassification.Trainers.SdcaNonCalibrated("LabelKey"), "LabelKey", useProbabilities: false)),
            "maximum entropy" => Features().Append(_context.Transforms.NormalizeLpNorm("Features")).Append(trainers.LbfgsMaximumEntropy("LabelKey", l1Regularization: 0, l2Regularization: 0.01f)),
            _ => Features().Append(trainers.SdcaMaximumEntropy("LabelKey")),
        };
    }

    private EstimatorChain<ITransformer> Features() => new EstimatorChain<ITransformer>().Append<ITransformer>(_context.Transforms.FeaturizeImages(
        new ImageFeaturizingEstimator.Options { Backbone = "resnet18", Weights = "none", Preprocessing = Tiny }))
        // Every pass of a trainer would run the network again.
        .AppendCacheCheckpoint(_context);

    private (ImageFolder Photos, TransformerChain<ITransformer> Model) Trained(IEstimator<ITransformer> middle, bool classifies = true)
    {
        var photos = _context.Data.LoadImagesFromFolder(Drawings.Folder(_folder, each: 6));
        var chain = new EstimatorChain<ITransformer>().Append<ITransformer>(_context.Transforms.Conversion.MapValueToKey("LabelKey", "Label")).Append(middle);
        return (photos, (classifies ? chain.Append<ITransformer>(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel")) : chain).Fit(photos));
    }
}
