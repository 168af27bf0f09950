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
public class PointingGameTests(PointingGameTests.Classifiers classifiers, ITestOutputHelper output)
    : IClassFixture<PointingGameTests.Classifiers>
{
    private const string MobileNet = "mobilenet_v2", Transformer = "vit_tiny_patch16_224";

    [Theory]
    [InlineData(MobileNet, MapMethod.GradCam, 39, 40)]
    [InlineData(MobileNet, MapMethod.Cam, 39, 40)]
    [InlineData(MobileNet, MapMethod.GradCamPlusPlus, 40, 40)]
    [InlineData(MobileNet, MapMethod.LayerCam, 40, 40)]
    [InlineData(MobileNet, MapMethod.EigenCam, 38, 40)]
    // Score-CAM runs the network for each of 1280 channels: minutes for all photos.
    [InlineData(MobileNet, MapMethod.ScoreCam, 1, 1)]
    [InlineData(Transformer, MapMethod.GradCam, 34, 40)]
    [InlineData(Transformer, MapMethod.GradCamPlusPlus, 26, 40)]
    [InlineData(Transformer, MapMethod.LayerCam, 34, 40)]
    [InlineData(Transformer, MapMethod.EigenCam, 25, 40)]
    [InlineData(Transformer, MapMethod.AttentionRollout, 33, 40)]
    public void Maps_point_at_raccoons(string backbone, MapMethod method, int minimumHits, int photos)
    {
        string raccoons = RealData.Path("data/raccoon");
        using var explainer = new ImageExplainer(classifiers.Model(backbone), new MapOptions { Method = method });
        AnnotatedImage[] tested = [.. Read(raccoons, "test.txt").Take(photos)];
        Assert.Equal(photos, tested.Length);
        string[] misses = [.. tested.Where(image => !PointsAtRaccoon(explainer, image)).Select(image => Path.GetFileName(image.ImagePath))];
        int hits = photos - misses.Length;
        string result = $"{backbone}, {method}: {hits} of {photos}";
        output.WriteLine(result);
        Assert.True(hits >= minimumHits, $"{result}, expected {minimumHits}; missed {string.Join(", ", misses)}");
    }

    private static bool PointsAtRaccoon(ImageExplainer explainer, AnnotatedImage image)
    {
        var (x, y) = explainer.Explain(new ImageSource(image.ImagePath), "raccoon").Map.Peak;
        return image.GroundTruth.Select(o => o.Box).Any(box => box.Left <= x && x < box.Right && box.Top <= y && y < box.Bottom);
    }

    private static IReadOnlyList<AnnotatedImage> Read(string folder, string list) =>
        PascalVocReader.Read(folder, Path.Combine(folder, list)).Images;

    private static TransformerChain<ITransformer> Train(string backbone)
    {
        string raccoons = RealData.Path("data/raccoon"), others = RealData.Path("data/imagenet-samples");
        string weights = RealData.Path($"data/weights/{backbone}-imagenet.pth");
        var context = new MLContext(1);
        var positives = Read(raccoons, "train.txt").Select(image => new Row { ImagePath = image.ImagePath, Label = "raccoon" });
        var negatives = Directory.GetFiles(others, "*.JPEG").Order(StringComparer.Ordinal)
            .Select(file => new Row { ImagePath = file, Label = "other" });
        var options = new ImageFeaturizingEstimator.Options { Backbone = backbone, Weights = weights };
        return context.Transforms.Conversion.MapValueToKey("Label")
            .Append(context.Transforms.FeaturizeImages(options))
            .Append(context.MulticlassClassification.Trainers.LinearSvm())
            .Fit(context.Data.LoadFromEnumerable(positives.Concat(negatives)));
    }

    /// <summary>Linear SVMs on the features of networks, which tell raccoons from other images; trained once, for all methods.</summary>
    public sealed class Classifiers : IDisposable
    {
        private readonly Dictionary<string, TransformerChain<ITransformer>> _models = [];

        internal ITransformer Model(string backbone)
        {
            if (!_models.TryGetValue(backbone, out var model))
                _models.Add(backbone, model = Train(backbone));
            return model;
        }

        public void Dispose()
        {
            foreach (var model in _models.Values)
                model.Dispose();
        }
    }

    private sealed class Row
    {
        public string ImagePath { get; set; } = "";

        public string Label { get; set; } = "";
    }
}
