using System.Text.Json;
using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Images;
using TransferKit.Maps;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Maps;

public sealed class ActivationMapperTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The maps of Tests/Reference/make_cam_reference.py, which computes them in PyTorch.</summary>
    [Fact]
    public void Maps_agree_with_PyTorch()
    {
        string weights = RealData.Path("data/weights/mobilenet_v2-imagenet.pth"), samples = RealData.Path("data/imagenet-samples");
        var pretrained = Pretrained.Load(Registry.Get("mobilenet_v2"), weights);
        using var _ = pretrained.Network.Weights;
        string referencePath = Path.Combine(AppContext.BaseDirectory, "Reference", "cam.json");
        using var reference = JsonDocument.Parse(File.ReadAllText(referencePath));
        var photos = reference.RootElement.EnumerateObject().ToArray();
        Assert.Equal(5, photos.Length);
        foreach (var layer in photos[0].Value.GetProperty("maps").EnumerateObject())
        {
            foreach (var method in layer.Value.EnumerateObject())
            {
                var options = new MapOptions { Method = Enum.Parse<MapMethod>(method.Name), Layer = layer.Name };
                using var mapper = new ActivationMapper(pretrained.Network, pretrained.Preprocessing, options);
                foreach (var photo in photos)
                {
                    var grid = photo.Value.GetProperty("maps").GetProperty(layer.Name).GetProperty(method.Name);
                    var image = new ImageSource(Path.Combine(samples, photo.Name));
                    double correlation = CorrelationWithReference(grid, mapper, image, pretrained.Preprocessing);
                    Assert.True(correlation > 0.999, $"{photo.Name} {layer.Name} {method.Name}: {correlation}");
                }
            }
        }
    }

    [Fact]
    public void CAM_equals_Grad_CAM_where_both_can_be_computed()
    {
        var (network, preprocessing) = RandomNetwork("resnet18");
        using var _ = network.Weights;
        var image = DrawnImage();
        using ActivationMapper cam = Mapper(network, MapMethod.Cam), gradCam = Mapper(network, MapMethod.GradCam);
        for (int target = 0; target < 3; target++)
            Close.Equal(cam.Map(image, target).Values, gradCam.Map(image, target).Values, 1e-4, $"class {target}");
        Assert.Equal("layer4.1.relu_1", cam.Layer);

        // The same holds for a linear classifier on features. Scaling to unit length changes the gradients, but not CAM.
        var random = new Random(5);
        float[][] weights = [.. Enumerable.Range(0, 2).Select(_ => RandomWeightsOf(512))];
        foreach (bool unitLength in new[] { false, true })
        {
            var classifier = network.Until("features").WithLinear(weights, [0.5f, -1], unitLength);
            using ActivationMapper headCam = Mapper(classifier, MapMethod.Cam), headGradCam = Mapper(classifier, MapMethod.GradCam);
            Assert.Equal(2, headCam.Classes);
            float[] camValues = headCam.Map(image, 1).Values, gradCamValues = headGradCam.Map(image, 1).Values;
            if (unitLength)
                Assert.NotEqual(camValues, gradCamValues);
            else
                Close.Equal(camValues, gradCamValues, 1e-4, "head");
        }

        ActivationMapper Mapper(Network mapped, MapMethod method) => new(mapped, preprocessing, new MapOptions { Method = method });

        float[] RandomWeightsOf(int width) => [.. Enumerable.Range(0, width).Select(_ => random.NextSingle() - 0.5f)];
    }

    [Theory]
    [InlineData(MapMethod.Cam)]
    [InlineData(MapMethod.ScoreCam)]
    [InlineData(MapMethod.EigenCam)]
    [InlineData(MapMethod.GradCam)]
    [InlineData(MapMethod.GradCamPlusPlus)]
    [InlineData(MapMethod.LayerCam)]
    public void Every_method_gives_a_map_of_the_whole_image(MapMethod method)
    {
        // Score-CAM runs the network for each of 1024 channels and each view, so it is a small one.
        var (network, preprocessing) = RandomNetwork("shufflenet_v2_x0_5");
        using var _ = network.Weights;
        foreach (bool smooth in new[] { false, true })
        {
            using var mapper = new ActivationMapper(network, preprocessing, new MapOptions { Method = method, Smooth = smooth });
            var map = mapper.Map(DrawnImage());
            Assert.Equal((120, 100, 12_000), (map.Width, map.Height, map.Values.Length));
            Assert.InRange(map.Values.Max(), 0.5f, 1);
            Assert.Equal(0, map.Values.Min());
            // The center crop leaves out the columns at the left and the right.
            Assert.All(Enumerable.Range(0, 100), y => Assert.Equal(0, map.Values[y * 120] + map.Values[y * 120 + 119]));
            Assert.InRange(map.Peak.X, 9, 110);
        }
    }

    [Fact]
    public void Invalid_layers_methods_and_classes_are_rejected()
    {
        var (network, preprocessing) = RandomNetwork("vgg11");
        using var _ = network.Weights;
        AssertError("CAM needs a network that ends with a global average", new() { Method = MapMethod.Cam });
        AssertError("The value of 'classifier.4' is a vector of 4096, which has no height and width", new() { Layer = "features" });
        AssertError("Unknown node 'layer4'", new() { Layer = "layer4" });
        using var mapper = new ActivationMapper(network, preprocessing, new MapOptions { Method = MapMethod.EigenCam });
        Assert.Equal("features.19", mapper.Layer);
        var image = DrawnImage();
        foreach (int target in new[] { 3, -1 })
        {
            var exception = Assert.Throws<ArgumentException>(() => mapper.Map(image, target));
            Assert.StartsWith($"Class {target} is invalid: it must be from 0 to 2.", exception.Message, StringComparison.Ordinal);
        }

        void AssertError(string message, MapOptions options)
        {
            var exception = Assert.Throws<ArgumentException>(() => new ActivationMapper(network, preprocessing, options));
            Assert.StartsWith(message, exception.Message, StringComparison.Ordinal);
        }
    }

    private static (Network Network, Preprocessing Preprocessing) RandomNetwork(string backbone)
    {
        var graph = Registry.Get(backbone).Build(classes: 3, size: 64);
        return (new Network(graph, RandomWeights.For(graph, seed: 1)), Preprocessing.ImageNet with { Resize = 64, Crop = 64 });
    }

    private ImageSource DrawnImage()
    {
        string path = _folder.File("drawn.png");
        Drawings.Write(path, "discs", seed: 4, SkiaSharp.SKEncodedImageFormat.Png);
        return new ImageSource(path);
    }

    private static double CorrelationWithReference(
        JsonElement grid, ActivationMapper mapper, ImageSource image, Preprocessing preprocessing)
    {
        float[] values = [.. grid.EnumerateArray().Select(value => value.GetSingle())];
        var picture = image.Decode();
        var expected = MapGeometry.Spread(values, mapper.Shape.Height, picture.Width, picture.Height, preprocessing);
        return Correlation(expected.Values, mapper.Map(image).Values);
    }

    // Pearson's correlation coefficient.
    private static double Correlation(float[] x, float[] y)
    {
        double meanX = x.Average(), meanY = y.Average();
        double covariance = x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum();
        double varianceX = x.Sum(a => (a - meanX) * (a - meanX)), varianceY = y.Sum(b => (b - meanY) * (b - meanY));
        return covariance / Math.Sqrt(varianceX * varianceY);
    }
}
