using System.Text.Json;
using Microsoft.ML;
using TransferKit.Backbones;
using TransferKit.Detection;
using TransferKit.Engines.Onnx;
using TransferKit.Images;
using TransferKit.Pipelines.Detecting;
using TransferKit.Pipelines.Saving;
using TransferKit.Weights;

namespace TransferKit.Tests.Pipelines.Detecting;

public sealed class DetectObjectsTests : IDisposable
{
    private const int Size = 64;
    private static readonly FasterRcnn Detector = Detectors.WithBackbone("shufflenet_v2_x0_5");

    // Not registered, and with pixels from -1 to 1.
    private static readonly Backbone PrivateBackbone = new("private", "none", (x, classes) =>
    {
        for (int i = 0; i < 5; i++)
            x = x.Conv($"stage{i}.conv", 8 << i, 3, stride: 2).BatchNorm($"stage{i}.norm").Relu();
        return x.GlobalAveragePool("pool").As("features").Linear("classifier", classes);
    }, [])
    {
        Preprocessing = Preprocessing.ImageNet.WithInceptionNormalization(),
    };

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _context = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("path")]
    [InlineData("bytes")]
    [InlineData("image")]
    public void A_loaded_model_detects_the_same_as_the_transformer_that_was_saved(string column)
    {
        using var weights = RandomWeights.For(Detector.Build(Size, Size, 4), seed: 5);
        var options = new ObjectDetectingEstimator.Options
        {
            Detector = Detector,
            Weights = weights,
            Labels = ["cat", "dog", "owl"],
            InputSize = Size,
            ScoreThreshold = 0.1f,
        };
        string[] photos = [Photo(1, Size, Size), Photo(2, 100, 75), Photo(3, 30, 50)];
        IDataView data = column switch
        {
            "path" => _context.Data.LoadFromEnumerable(photos.Select(p => new PathRow { ImagePath = p })),
            "bytes" => _context.Data.LoadFromEnumerable(photos.Select(p => new BytesRow { ImagePath = File.ReadAllBytes(p) })),
            _ => _context.Transforms.LoadImages("ImagePath", imageFolder: null, "ImagePath").Fit(Paths(photos)).Transform(Paths(photos)),
        };
        using var transformer = _context.Transforms.DetectObjects(options).Fit(data);
        var (transformed, loaded) = Detections(transformer, data);
        for (int i = 0; i < photos.Length; i++)
        {
            Assert.NotEmpty(transformed[i].Score);
            AreEqual(transformed[i], loaded[i]);
            AreEqual(transformed[i], Detections(transformer.Detector, photos[i]));
            Assert.All(transformed[i].Score, s => Assert.InRange(s, 0.1f, 1));
        }
    }

    [Fact]
    public void A_private_backbone_is_saved_with_its_preprocessing_and_loaded()
    {
        var architecture = Detectors.WithBackbone(PrivateBackbone);
        Assert.Equal("fasterrcnn_private", architecture.Name);
        Assert.Equal([0.5f, 0.5f, 0.5f], architecture.Transform.Mean);
        using var weights = RandomWeights.For(architecture.Build(Size, Size, 3), seed: 1);
        var options = new ObjectDetectingEstimator.Options
        {
            Detector = architecture,
            Weights = weights,
            Labels = ["cat", "dog"],
            InputSize = Size,
        };
        string[] photos = [Photo(1, 80, 60)];
        using var transformer = _context.Transforms.DetectObjects(options).Fit(Paths(photos));
        var (transformed, loaded) = Detections(transformer, Paths(photos));
        Assert.NotEmpty(transformed[0].Score);
        AreEqual(transformed[0], loaded[0]);

        using var detector = _context.Model.LoadObjectDetector(_folder.File("detector.zip"));
        Assert.Equal(["cat", "dog"], detector.Labels);
        Assert.Equal(transformer.Detector.Transform, detector.Transform);
        AreEqual(transformed[0], Detections(detector, photos[0]));
        using var file = File.OpenRead(_folder.File("detector.zip"));
        var normalization = OnnxReader.Read(SavedOnnxModels.Read(file)[0]).Preprocessing!;
        Assert.Equal([0.5f, 0.5f, 0.5f], normalization.Mean);
        Assert.Equal([0.5f, 0.5f, 0.5f], normalization.Std);
    }

    [Fact]
    public void A_loaded_detector_can_be_transformed_and_saved_again()
    {
        string[] photos = [Reference("both.png")];
        var detector = _context.Model.LoadObjectDetector(Reference("detector.zip"));
        using var transformer = _context.Transforms.DetectObjects("ImagePath", detector).Fit(Paths(photos));
        var (transformed, loaded) = Detections(transformer, Paths(photos));
        AreClose(Recorded(), transformed[0]);
        AreEqual(transformed[0], loaded[0]);
    }

    /// <summary>The model was saved by version 0.1.0 before the settings held anchors and selections, as were its detections.</summary>
    [Fact]
    public void A_model_of_an_older_version_detects_what_it_did()
    {
        var model = _context.Model.Load(Reference("detector.zip"), out _);
        AreClose(Recorded(), Assert.Single(Rows(model.Transform(Paths([Reference("both.png")])))));
        using var detector = _context.Model.LoadObjectDetector(Reference("detector.zip"));
        AreClose(Recorded(), Detections(detector, Reference("both.png")));
    }

    [Fact]
    public void Settings_of_both_versions_are_read()
    {
        var old = DetectorSettings.Parse("""{"Detector":"fasterrcnn_googlenet","Side":320,"Labels":["cat"],"Score":0.3}""");
        Assert.Equal((0.3f, 300), (old.Steps.Detections.ScoreThreshold, old.Steps.Proposals.PostNmsTopN));
        // They were trained with ImageNet's mean and standard deviation whatever the backbone.
        Assert.Equal(Preprocessing.ImageNet.Mean, old.Steps.Transform.Mean);
        Assert.Equal(320, old.Steps.Transform.InputSize);
        Assert.Equal(Detectors.WithBackbone("googlenet").Steps(320, 320).Levels, old.Steps.Levels);

        var settings = DetectorSettings.Parse("""
            {"Side":64,"Labels":["cat"],"Mean":[0.1,0.2,0.3],"Std":[1,1,1],
            "Levels":[{"Height":8,"Width":8,"Anchors":{"Sizes":[32],"AspectRatios":[1,2]}}],
            "Proposals":{"PreNmsTopN":10,"PostNmsTopN":5,"ScoreThreshold":0.1},
            "Detections":{"ScoreThreshold":0.2,"NmsThreshold":0.6,"MaxDetections":7}}
            """);
        var transform = new DetectionTransform(64, 64) { InputSize = 64, Mean = [0.1f, 0.2f, 0.3f], Std = [1, 1, 1] };
        Assert.Equal(transform, settings.Steps.Transform);
        Assert.Equal([new PyramidLevel(8, 8, new Anchors([32], [1, 2]))], settings.Steps.Levels);
        Assert.Equal(new ProposalSelection(10, 5, 0.1f), settings.Steps.Proposals);
        Assert.Equal(new DetectionSelection(0.2f, 0.6f, 7), settings.Steps.Detections);
        Assert.Equal(settings.Steps.Levels, DetectorSettings.Parse(settings.Format()).Steps.Levels);
        Assert.Contains("are incomplete", Assert.Throws<InvalidDataException>(
            () => DetectorSettings.Parse("""{"Side":64,"Labels":["cat"]}""").Steps).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_are_known_before_there_is_data()
    {
        var data = Paths([""]);
        using var weights = RandomWeights.For(Detector.Build(Size, Size, 2), seed: 5);
        var options = new ObjectDetectingEstimator.Options { Detector = Detector, Weights = weights, Labels = ["cat"], InputSize = Size };
        using var transformer = _context.Transforms.DetectObjects(options).Fit(data);
        var schema = transformer.GetOutputSchema(data.Schema);
        Assert.Equal(["ImagePath", "PredictedLabel", "PredictedBoundingBoxes", "Score"], schema.Select(c => c.Name));
    }

    [Fact]
    public void Later_changes_of_the_options_have_no_effect()
    {
        using var weights = RandomWeights.For(Detector.Build(Size, Size, 2), seed: 5);
        var labels = new List<string> { "cat" };
        var options = new ObjectDetectingEstimator.Options { Detector = Detector, Weights = weights, Labels = labels, InputSize = Size };
        var estimator = _context.Transforms.DetectObjects(options);
        labels[0] = "dog";
        (options.ImageColumnName, options.ScoreColumnName, options.InputSize, options.ScoreThreshold) = ("Other", "Other", 128, 0.9f);
        var data = Paths([""]);
        using var transformer = estimator.Fit(data);
        Assert.NotNull(transformer.GetOutputSchema(data.Schema).GetColumnOrNull("Score"));
        Assert.Equal(["cat"], transformer.Detector.Labels);
        Assert.Equal(Size, transformer.Detector.Transform.InputSize);
        Assert.Equal(0.05f, transformer.Detector.Steps(Size, Size).Detections.ScoreThreshold);
    }

    [Fact]
    public void Invalid_options_are_refused_with_their_value()
    {
        Refused("An input size of 100 is invalid: it must be a multiple of 32, at least 64 (320 is usual).", new() { InputSize = 100 });
        Refused("A score threshold of 2 is invalid: it must be from 0 to 1 (0.05 is usual).", new() { ScoreThreshold = 2 });
        Refused("A detector with 64 channels is invalid: saved models need 256.", new() { Detector = Detector with { Channels = 64 } });
        using var weights = RandomWeights.For(Detector.Build(Size, Size, 2), seed: 5);
        var options = new ObjectDetectingEstimator.Options { Detector = Detector, Weights = weights, Labels = ["cat", "dog"] };
        var error = Assert.Throws<ArgumentException>(() => _context.Transforms.DetectObjects(options).Fit(Paths([""])));
        Assert.StartsWith("2 labels are invalid: the weights have 1 classes", error.Message, StringComparison.Ordinal);
        using var flexible = new ObjectDetector(Detector, weights, ["cat"]);
        error = Assert.Throws<ArgumentException>(() => _context.Transforms.DetectObjects("ImagePath", flexible));
        Assert.StartsWith("The detector has no fixed input size", error.Message, StringComparison.Ordinal);

        void Refused(string message, ObjectDetectingEstimator.Options invalid) =>
            Assert.Equal(message, Assert.Throws<ArgumentException>(() => _context.Transforms.DetectObjects(invalid)).Message);
    }

    [Fact]
    public void Other_models_cannot_be_loaded_as_a_detector()
    {
        string file = _folder.File("model.zip");
        _context.Model.Save(_context.Transforms.CopyColumns("Copy", "ImagePath").Fit(Paths([""])), Paths([""]).Schema, file);
        var error = Assert.Throws<InvalidDataException>(() => _context.Model.LoadObjectDetector(file));
        Assert.StartsWith($"'{file}' cannot be loaded as a detector: The model holds 0 networks", error.Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => _context.Model.LoadObjectDetector(_folder.File("missing.zip")));
    }

    private static void AreEqual(Found expected, Found actual)
    {
        Assert.Equal(expected.PredictedLabel, actual.PredictedLabel);
        Assert.Equal(expected.Score, actual.Score);
        Assert.Equal(expected.PredictedBoundingBoxes, actual.PredictedBoundingBoxes);
    }

    // Recorded on another processor, perhaps.
    private static void AreClose(Found expected, Found actual)
    {
        Assert.Equal(expected.PredictedLabel, actual.PredictedLabel);
        Close.Equal(expected.Score, actual.Score, 1e-4, "scores");
        Close.Equal(expected.PredictedBoundingBoxes, actual.PredictedBoundingBoxes, 1e-3, "boxes");
    }

    private static string Reference(string file) => Path.Combine(AppContext.BaseDirectory, "Reference", "models", file);

    private static Found Recorded()
    {
        using var expected = JsonDocument.Parse(File.ReadAllText(Reference("expected.json")));
        return expected.RootElement.GetProperty("detector.zip").GetProperty("both.png").Deserialize<Found>()!;
    }

    private (Found[] Transformed, Found[] Loaded) Detections(ObjectDetectingTransformer transformer, IDataView data)
    {
        string file = _folder.File("detector.zip");
        _context.Model.Save(transformer, data.Schema, file);
        var loaded = new MLContext().Model.Load(file, out _);
        return (Rows(transformer.Transform(data)), Rows(loaded.Transform(data)));
    }

    private static Found Detections(ObjectDetector detector, string photo)
    {
        var detections = detector.Detect(ImageDecoder.Decode(photo));
        return new()
        {
            PredictedLabel = [.. detections.Select(d => detector.Labels[d.Label - 1])],
            PredictedBoundingBoxes = [.. detections.SelectMany(d => new[] { d.Box.Left, d.Box.Top, d.Box.Right, d.Box.Bottom })],
            Score = [.. detections.Select(d => d.Score)],
        };
    }

    private IDataView Paths(string[] photos) => _context.Data.LoadFromEnumerable(photos.Select(p => new PathRow { ImagePath = p }));

    private Found[] Rows(IDataView view) => [.. _context.Data.CreateEnumerable<Found>(view, reuseRowObject: false)];

    private string Photo(int number, int width, int height)
    {
        byte[] pixels = new byte[4 * width * height];
        new Random(number).NextBytes(pixels);
        for (int i = 3; i < pixels.Length; i += 4)
            pixels[i] = 255;
        string path = _folder.File($"{number}.png");
        File.WriteAllBytes(path, ImageEncoder.Png(new Picture(width, height, pixels)));
        return path;
    }

    private sealed class PathRow
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class BytesRow
    {
        public byte[] ImagePath { get; set; } = [];
    }

    private sealed class Found
    {
        public string[] PredictedLabel { get; set; } = [];

        public float[] PredictedBoundingBoxes { get; set; } = [];

        public float[] Score { get; set; } = [];
    }
}
