using Microsoft.ML;
using TransferKit.Detection;
using TransferKit.Images;
using TransferKit.Pipelines.Detecting;
using TransferKit.Weights;

namespace TransferKit.Tests.Pipelines.Detecting;

public sealed class DetectObjectsTests : IDisposable
{
    private const int Side = 128;
    private static readonly FasterRcnn Detector = Detectors.WithBackbone("shufflenet_v2_x0_5");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_saved_model_finds_what_the_detector_does()
    {
        using var weights = RandomWeights.For(Detector.Whole(Side, Side, 4), seed: 5);
        string[] photos = [.. Enumerable.Range(0, 2).Select(Photo)];
        var context = new MLContext();
        var data = context.Data.LoadFromEnumerable(photos.Select(p => new Row { ImagePath = p }));
        var options = new ObjectDetectingEstimator.Options { Detector = Detector, Weights = weights, Labels = ["cat", "dog", "owl"], Side = Side, Score = 0.1f };
        var model = context.Transforms.DetectObjects(options).Fit(data);
        string file = _folder.File("detector.zip");
        context.Model.Save(model, data.Schema, file);
        var loaded = new MLContext().Model.Load(file, out _);
        using var engine = new MLContext().Model.CreatePredictionEngine<Row, Found>(loaded);

        using var own = new ObjectDetector(Detector with { Transform = new(Side, Side), Proposals = Detector.Proposals with { After = 300 }, Detections = new(Score: 0.1f) }, weights);
        foreach (string photo in photos)
        {
            var (expected, found) = (own.Detect(ImageDecoder.Decode(photo)), engine.Predict(new Row { ImagePath = photo }));
            Assert.NotEmpty(expected);
            Assert.Equal(expected.Select(e => options.Labels[e.Label - 1]), found.PredictedLabel);
            Close.Equal((float[])[.. expected.Select(e => e.Score)], found.Score, 1e-4, "scores");
            Close.Equal((float[])[.. expected.SelectMany(e => new[] { e.Box.Left, e.Box.Top, e.Box.Right, e.Box.Bottom })], found.PredictedBoundingBoxes, 1e-3, "boxes");
        }
    }

    [Fact]
    public void Columns_are_known_before_there_is_data()
    {
        var context = new MLContext();
        var data = context.Data.LoadFromEnumerable([new Row()]);
        using var weights = RandomWeights.For(Detector.Whole(Side, Side, 2), seed: 5);
        var schema = context.Transforms.DetectObjects(new ObjectDetectingEstimator.Options { Detector = Detector, Weights = weights, Labels = ["cat"], Side = Side }).Fit(data).GetOutputSchema(data.Schema);
        Assert.Equal(["ImagePath", "PredictedLabel", "PredictedBoundingBoxes", "Score"], schema.Select(c => c.Name));
        Assert.Equal("A square of 100 pixels is impossible: 64 or more, and a multiple of 32. (Parameter 'options')",
            Assert.Throws<ArgumentException>(() => context.Transforms.DetectObjects(new ObjectDetectingEstimator.Options { Side = 100 })).Message);
    }

    // As large as the square: nothing is resized or padded.
    private string Photo(int number)
    {
        byte[] pixels = new byte[4 * Side * Side];
        new Random(number).NextBytes(pixels);
        string path = _folder.File($"{number}.png");
        File.WriteAllBytes(path, ImageEncoder.Png(new Picture(Side, Side, pixels)));
        return path;
    }

    private sealed class Row
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class Found
    {
        public string[] PredictedLabel { get; set; } = [];

        public float[] PredictedBoundingBoxes { get; set; } = [];

        public float[] Score { get; set; } = [];
    }
}
