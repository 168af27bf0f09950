using System.Globalization;
using System.Xml.Linq;
using Microsoft.ML;
using TransferKit.Detection;
using TransferKit.Images;
using TransferKit.Maps;
using TransferKit.Pipelines.Explaining;
using TransferKit.Pipelines.Featurizing;

namespace TransferKit.Tests.Pipelines.Explaining;

/// <summary>The pointing game (Zhang et al. 2016, arXiv:1608.00507): a map's peak lies in one of the boxes drawn around what is to be seen.</summary>
public class PointingTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(MapMethod.GradCam, 40)]
    [InlineData(MapMethod.Cam, 40)]
    [InlineData(MapMethod.GradCamPlusPlus, 40)]
    [InlineData(MapMethod.LayerCam, 40)]
    [InlineData(MapMethod.EigenCam, 40)]
    // A run of the network for each of 1280 channels: minutes for all of them.
    [InlineData(MapMethod.ScoreCam, 1)]
    public void Maps_point_at_raccoons(MapMethod method, int photos)
    {
        string raccoons = RealData.Path("data/raccoon"), others = RealData.Path("data/imagenet-samples");
        var context = new MLContext(1);
        var rows = Listed(raccoons, "train.txt").Select(f => new Row { ImagePath = f, Label = "raccoon" })
            .Concat(Directory.GetFiles(others, "*.JPEG").Order(StringComparer.Ordinal).Select(f => new Row { ImagePath = f, Label = "other" }));
        var options = new ImageFeaturizingEstimator.Options { Backbone = "mobilenet_v2", Weights = RealData.Path("data/weights/mobilenet_v2-imagenet.pth") };
        using var model = context.Transforms.Conversion.MapValueToKey("Label")
            .Append(context.Transforms.FeaturizeImages(options))
            .Append(context.MulticlassClassification.Trainers.LinearSvm())
            .Fit(context.Data.LoadFromEnumerable(rows));
        using var explainer = new ImageExplainer(model, new MapOptions { Method = method });
        string[] tested = [.. Listed(raccoons, "test.txt").Take(photos)];
        Assert.Equal(photos, tested.Length);
        int right = tested.Count(file =>
        {
            var (x, y) = explainer.Explain(new ImageSource(file), "raccoon").Map.Peak;
            return Boxes(raccoons, file).Any(b => b.Left <= x && x < b.Right && b.Top <= y && y < b.Bottom);
        });
        output.WriteLine($"{method}: {right} of {photos}");
        Assert.InRange(right, (int)Math.Ceiling(0.7 * photos), photos);
    }

    private static IEnumerable<string> Listed(string folder, string list) =>
        File.ReadLines(Path.Combine(folder, list)).Select(name => Path.Combine(folder, "images", name.Trim()));

    private static IEnumerable<Box> Boxes(string folder, string file) =>
        XDocument.Load(Path.Combine(folder, "annotations", Path.ChangeExtension(Path.GetFileName(file), ".xml"))).Descendants("bndbox")
            .Select(b => new Box(Number(b, "xmin"), Number(b, "ymin"), Number(b, "xmax"), Number(b, "ymax")));

    private static int Number(XElement box, string name) => int.Parse(box.Element(name)!.Value, CultureInfo.InvariantCulture);

    private sealed class Row
    {
        public string ImagePath { get; set; } = "";

        public string Label { get; set; } = "";
    }
}
