using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Images;
using TransferKit.Maps;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Explaining;
using TransferKit.Pipelines.Featurizing;

namespace TransferKit.Tests.Pipelines.Explaining;

/// <summary>
/// Plays the pointing game (Zhang et al. 2016, arXiv:1608.00507): the peak of a map should lie within a ground-truth box of the object.
/// </summary>
public class PointingGameTests(PointingGameTests.Classifier classifier, ITestOutputHelper output)
    : IClassFixture<PointingGameTests.Classifier>
{
    [Theory]
    [InlineData(MapMethod.GradCam, 39, 40)]
    [InlineData(MapMethod.Cam, 39, 40)]
    [InlineData(MapMethod.GradCamPlusPlus, 40, 40)]
    [InlineData(MapMethod.LayerCam, 40, 40)]
    [InlineData(MapMethod.EigenCam, 38, 40)]
    // Score-CAM runs the network for each of 1280 channels: minutes for all photos.
    [InlineData(MapMethod.ScoreCam, 1, 1)]
    public void Maps_point_at_raccoons(MapMethod method, int minimumHits, int photos)
    {
        string raccoons = RealData.Path("data/raccoon");
        using var explainer = new ImageExplainer(classifier.Model, new MapOptions { Method = method });
        AnnotatedImage[] tested = [.. Read(raccoons, "test.txt").Take(photos)];
        Assert.Equal(photos, tested.Length);
        string[] misses = [.. tested.Where(image => !PointsAtRaccoon(explainer, image)).Select(image => Path.GetFileName(image.ImagePath))];
        int hits = photos - misses.Length;
        output.WriteLine($"{method}: {hits} of {photos}");
        Assert.True(hits >= minimumHits, $"{method}: {hits} of {photos}, expected {minimumHits}; missed {string.Join(", ", misses)}");
    }

    private static bool PointsAtRaccoon(ImageExplainer explainer, AnnotatedImage image)
    {
        var (x, y) = explainer.Explain(new ImageSource(image.ImagePath), "raccoon").Map.Peak;
        return image.GroundTruth.Select(o => o.Box).Any(box => box.Left <= x && x < box.Right && box.Top <= y && y < box.Bottom);
    }

    private static IReadOnlyList<AnnotatedImage> Read(string folder, string list) =>
        PascalVocReader.Read(folder, Path.Combine(folder, list)).Images;

    private static TransformerChain<ITransformer> Train()
    {
        string raccoons = RealData.Path("data/raccoon"), others = RealData.Path("data/imagenet-samples");
        string weights = RealData.Path("data/weights/mobilenet_v2-imagenet.pth");
        var context = new MLContext(1);
        var positives = Read(raccoons, "train.txt").Select(image => new Row { ImagePath = image.ImagePath, Label = "raccoon" });
        var negatives = Directory.GetFiles(others, "*.JPEG").Order(StringComparer.Ordinal)
            .Select(file => new Row { ImagePath = file, Label = "other" });
        var options = new ImageFeaturizingEstimator.Options { Backbone = "mobilenet_v2", Weights = weights };
        return context.Transforms.Conversion.MapValueToKey("Label")
            .Append(context.Transforms.FeaturizeImages(options))
            .Append(context.MulticlassClassification.Trainers.LinearSvm())
            .Fit(context.Data.LoadFromEnumerable(positives.Concat(negatives)));
    }

    /// <summary>A linear SVM on the features of MobileNetV2 that tells raccoons from other images; trained once, for all methods.</summary>
    public sealed class Classifier : IDisposable
    {
        private readonly Lazy<TransformerChain<ITransformer>> _model = new(Train);

        internal ITransformer Model => _model.Value;

        public void Dispose()
        {
            if (_model.IsValueCreated)
                _model.Value.Dispose();
        }
    }

    private sealed class Row
    {
        public string ImagePath { get; set; } = "";

        public string Label { get; set; } = "";
    }
}
