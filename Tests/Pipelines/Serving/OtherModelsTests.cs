using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Images;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Pipelines.Saving;
using TransferKit.Pipelines.Serving;

namespace TransferKit.Tests.Pipelines.Serving;

/// <summary>Any ML.NET model with one image column and a predicted label is served, with its own predictions.</summary>
public sealed class OtherModelsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _context = new(1);
    private readonly ImageFolder _photos;

    public OtherModelsTests() => _photos = _context.Data.LoadImagesFromFolder(Drawings.Folder(_folder, each: 6));

    public static TheoryData<string> Kinds =>
        ["perceptron", "naive Bayes", "principal components", "keys", "numbers", "binary", "calibrated binary", "pixels", "bytes", "image"];

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(Kinds))]
    public async Task A_model_is_served_with_the_predictions_of_ML_NET(string kind)
    {
        var data = Data();
        string file = _folder.File("model.zip");
        using (var trained = Pipeline(kind).Fit(data))
            _context.Model.Save(trained, data.Schema, file);
        var loaded = _context.Model.Load(file, out _);
        using var disposable = loaded as IDisposable;
        string[] expected = [.. loaded.Transform(data).GetColumn<string>("Expected")];
        Assert.Equal(2, expected.Distinct().Count());

        using var classifier = new ImageClassifier(file);
        // Both as files and as uploads, which have no path.
        foreach (bool uploaded in new[] { false, true })
        {
            var images = _photos.Images.Select(i => uploaded ? new(File.ReadAllBytes(i.ImagePath)) : new ImageSource(i.ImagePath));
            var results = await Task.WhenAll(images.Select(image => classifier.ClassifyAsync(image)));
            Assert.Equal(expected, results.Select(r => r.Label));
            Assert.All(results, r => Assert.Equal(r.Label, r.Scores[0].Label));
            Assert.All(results, r => Assert.Equal(classifier.Labels.Order(), r.Scores.Select(s => s.Label).Order()));
            Assert.Equal(kind is "calibrated binary" or "principal components" or "keys" or "numbers" or "bytes" or "image" or "pixels",
                results.All(r => r.HasProbabilities));
        }
        await Assert.ThrowsAsync<ImageFormatException>(() => classifier.ClassifyAsync(new ImageSource([1, 2, 3])));
    }

    private IDataView Data()
    {
        var rows = _photos.Images.Select(i => new Row
        {
            Picture = i.ImagePath,
            Content = File.ReadAllBytes(i.ImagePath),
            Pixels = MLImage.CreateFromFile(i.ImagePath),
            Kind = i.Label,
            Number = i.Label == "bars" ? 3 : 7,
            IsDisc = i.Label == "discs",
        });
        return _context.Data.LoadFromEnumerable(rows.ToList());
    }

    private EstimatorChain<ITransformer> Pipeline(string kind)
    {
        var (trainers, binary) = (_context.MulticlassClassification.Trainers, _context.BinaryClassification.Trainers);
        var (conversion, transforms) = (_context.Transforms.Conversion, _context.Transforms);
        var features = Features(kind switch { "bytes" => "Content", "image" => "Pixels", _ => "Picture" });
        var keyed = features.Append<ITransformer>(conversion.MapValueToKey("Key", kind == "numbers" ? "Number" : "Kind"));
        return kind switch
        {
            "perceptron" => Text(keyed.Append(trainers.OneVersusAll(binary.AveragedPerceptron("Key"), "Key", useProbabilities: false))),
            "naive Bayes" => Text(keyed.Append(trainers.NaiveBayes("Key"))),
            "principal components" => Text(keyed.Append(transforms.ProjectToPrincipalComponents("Features", rank: 3))
                .Append(trainers.LbfgsMaximumEntropy("Key"))),
            "keys" => keyed.Append<ITransformer>(trainers.LbfgsMaximumEntropy("Key"))
                .Append<ITransformer>(conversion.MapKeyToValue("Expected", "PredictedLabel")),
            "binary" => String(features.Append(binary.LinearSvm("IsDisc"))),
            "calibrated binary" => String(features.Append(binary.LbfgsLogisticRegression("IsDisc"))),
            "pixels" => Text(new EstimatorChain<ITransformer>()
                .Append(transforms.LoadImages("Image", "", "Picture"))
                .Append(transforms.ResizeImages("Image", 16, 16))
                .Append(transforms.ExtractPixels("Features", "Image"))
                .Append<ITransformer>(conversion.MapValueToKey("Key", "Kind"))
                .Append(trainers.LbfgsMaximumEntropy("Key"))),
            "numbers" => String(keyed.Append(trainers.LbfgsMaximumEntropy("Key")).Append(conversion.MapKeyToValue("PredictedLabel"))),
            _ => Text(keyed.Append(trainers.LbfgsMaximumEntropy("Key"))),
        };

        EstimatorChain<ITransformer> Text(IEstimator<ITransformer> classifier) => new EstimatorChain<ITransformer>()
            .Append<ITransformer>(classifier)
            .Append<ITransformer>(conversion.MapKeyToValue("PredictedLabel"))
            .Append<ITransformer>(transforms.CopyColumns("Expected", "PredictedLabel"));

        EstimatorChain<ITransformer> String(IEstimator<ITransformer> classifier) => new EstimatorChain<ITransformer>()
            .Append<ITransformer>(classifier)
            .Append<ITransformer>(conversion.ConvertType("Expected", "PredictedLabel", DataKind.String));
    }

    private EstimatorChain<ITransformer> Features(string column) => new EstimatorChain<ITransformer>()
        .Append<ITransformer>(_context.Transforms.FeaturizeImages(new ImageFeaturizingEstimator.Options
        {
            ImageColumnName = column,
            Preprocessing = Preprocessing.ImageNet with { Resize = 64, Crop = 64 },
        }))
        .AppendCacheCheckpoint(_context);

    private sealed class Row
    {
        public string Picture { get; set; } = "";

        public byte[] Content { get; set; } = [];

        [AnySizeImage]
        public MLImage Pixels { get; set; } = null!;

        public string Kind { get; set; } = "";

        public int Number { get; set; }

        public bool IsDisc { get; set; }
    }
}
