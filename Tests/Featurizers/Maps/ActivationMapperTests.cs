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

    /// <summary>Recorded by Tests/Reference/make_cam_reference.py.</summary>
    [Fact]
    public void Maps_are_PyTorchs()
    {
        string weights = RealData.Path("data/weights/mobilenet_v2-imagenet.pth"), samples = RealData.Path("data/imagenet-samples");
        var pretrained = Pretrained.Load(Registry.Get("mobilenet_v2"), weights);
        using var _ = pretrained.Network.Weights;
        using var reference = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Reference", "cam.json")));
        var photos = reference.RootElement.EnumerateObject().ToArray();
        Assert.Equal(5, photos.Length);
        foreach (var layer in photos[0].Value.GetProperty("maps").EnumerateObject())
            foreach (var method in layer.Value.EnumerateObject())
            {
                using var mapper = new ActivationMapper(pretrained.Network, pretrained.Preprocessing, new MapOptions { Method = Enum.Parse<MapMethod>(method.Name), Layer = layer.Name });
                foreach (var photo in photos)
                {
                    float[] expected = [.. photo.Value.GetProperty("maps").GetProperty(layer.Name).GetProperty(method.Name).EnumerateArray().Select(v => v.GetSingle())];
                    var source = new ImageSource(Path.Combine(samples, photo.Name));
                    var picture = source.Decode();
                    var map = mapper.Map(source);
                    var whole = MapGeometry.Spread(expected, mapper.Shape.Height, picture.Width, picture.Height, pretrained.Preprocessing);
                    Assert.True(Correlation(whole.Values, map.Values) > 0.999, $"{photo.Name} {layer.Name} {method.Name}: {Correlation(whole.Values, map.Values)}");
                }
            }
    }

    [Fact]
    public void Cam_is_Grad_Cam_where_it_can_be_computed()
    {
        var (network, preprocessing) = Small("resnet18");
        using var _ = network.Weights;
        var image = Drawn();
        using ActivationMapper cam = Mapper(MapMethod.Cam), grad = Mapper(MapMethod.GradCam);
        for (int label = 0; label < 3; label++)
            Close.Equal(cam.Map(image, label).Values, grad.Map(image, label).Values, 1e-4, $"class {label}");
        Assert.Equal("layer4.1.relu_1", cam.Layer);

        // The same for a linear classifier on features, whether or not they are scaled to length 1.
        var random = new Random(5);
        float[][] weights = [.. Enumerable.Range(0, 2).Select(_ => Enumerable.Range(0, 512).Select(_ => random.NextSingle() - 0.5f).ToArray())];
        foreach (bool unitLength in new[] { false, true })
        {
            var headed = network.Until("features").WithLinear(weights, [0.5f, -1], unitLength);
            using ActivationMapper one = new(headed, preprocessing, new MapOptions { Method = MapMethod.Cam }), other = new(headed, preprocessing);
            Assert.Equal(2, one.Classes);
            if (!unitLength)
                Close.Equal(one.Map(image, 1).Values, other.Map(image, 1).Values, 1e-4, "head");
            else
                Assert.NotEqual(one.Map(image, 1).Values, other.Map(image, 1).Values);
        }

        ActivationMapper Mapper(MapMethod method) => new(network, preprocessing, new MapOptions { Method = method });
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
        var (network, preprocessing) = Small("resnet18");
        using var _ = network.Weights;
        foreach (bool smooth in new[] { false, true })
        {
            using var mapper = new ActivationMapper(network, preprocessing, new MapOptions { Method = method, Smooth = smooth });
            var map = mapper.Map(Drawn());
            Assert.Equal((120, 100, 12_000), (map.Width, map.Height, map.Values.Length));
            Assert.InRange(map.Values.Max(), 0.5f, 1);
            Assert.Equal(0, map.Values.Min());
            // Left and right of the square in the middle, the network saw nothing.
            Assert.All(Enumerable.Range(0, 100), y => Assert.Equal(0, map.Values[y * 120] + map.Values[y * 120 + 119]));
            Assert.InRange(map.Peak.X, 9, 110);
        }
    }

    [Fact]
    public void What_cannot_be_mapped_is_said()
    {
        var (network, preprocessing) = Small("vgg11");
        using var _ = network.Weights;
        Assert.StartsWith("CAM needs a network that ends with a global average", Wrong(new() { Method = MapMethod.Cam }), StringComparison.Ordinal);
        Assert.StartsWith("The value of 'classifier.4' is a vector of 4096, which has no places", Wrong(new() { Layer = "features" }), StringComparison.Ordinal);
        Assert.StartsWith("Unknown node 'layer4'", Wrong(new() { Layer = "layer4" }), StringComparison.Ordinal);
        using var mapper = new ActivationMapper(network, preprocessing, new MapOptions { Method = MapMethod.EigenCam });
        Assert.Equal("features.19", mapper.Layer);
        Assert.StartsWith("There is no class 3; 0 to 2 are known.", Assert.Throws<ArgumentException>(() => mapper.Map(Drawn(), 3)).Message, StringComparison.Ordinal);

        string Wrong(MapOptions options) => Assert.Throws<ArgumentException>(() => new ActivationMapper(network, preprocessing, options)).Message;
    }

    private static (Network Network, Preprocessing Preprocessing) Small(string backbone)
    {
        var graph = Registry.Get(backbone).Build(classes: 3, size: 64);
        return (new Network(graph, RandomWeights.For(graph, seed: 1)), Preprocessing.ImageNet with { Resize = 64, Crop = 64 });
    }

    private ImageSource Drawn()
    {
        string path = _folder.File("drawn.png");
        Drawings.Write(path, "discs", seed: 4, SkiaSharp.SKEncodedImageFormat.Png);
        return new ImageSource(path);
    }

    private static double Correlation(float[] one, float[] other)
    {
        double a = one.Average(), b = other.Average();
        double both = one.Zip(other, (x, y) => (x - a) * (y - b)).Sum();
        return both / Math.Sqrt(one.Sum(x => (x - a) * (x - a)) * other.Sum(y => (y - b) * (y - b)));
    }
}
