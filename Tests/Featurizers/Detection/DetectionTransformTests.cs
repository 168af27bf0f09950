using TransferKit.Detection;
using TransferKit.Images;
using static TransferKit.Tests.Featurizers.Detection.DetectionReference;

namespace TransferKit.Tests.Featurizers.Detection;

/// <summary>The preprocessing of detectors.</summary>
public class DetectionTransformTests
{
    /// <summary>Backbones, their weights, and what these weights were trained with.</summary>
    public static TheoryData<string, string, float[], float[]> Normalizations => new()
    {
        { "resnet18", "IMAGENET1K_V1", [0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f] },
        { "googlenet", "IMAGENET1K_V1", [0.5f, 0.5f, 0.5f], [0.5f, 0.5f, 0.5f] },
        { "inception_v3", "IMAGENET1K_V1", [0.5f, 0.5f, 0.5f], [0.5f, 0.5f, 0.5f] },
        { "efficientnet_v2_l", "IMAGENET1K_V1", [0.5f, 0.5f, 0.5f], [0.5f, 0.5f, 0.5f] },
        { "vgg16", "IMAGENET1K_FEATURES", [0.48235f, 0.45882f, 0.40784f], [1 / 255f, 1 / 255f, 1 / 255f] },
        { "vgg16", "none", [0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f] },
    };

    [Fact]
    public void Images_are_resized_by_torchvisions_rule()
    {
        foreach (var size in Read("ops").GetProperty("resize_rule_min800_max1333").EnumerateObject())
        {
            int[] original = [.. size.Name.Split('x').Select(int.Parse)], resized = size.Value.Integers();
            Assert.Equal((resized[1], resized[0]), new DetectionTransform().ResizedSize(original[1], original[0]));
        }
    }

    [Theory, MemberData(nameof(Normalizations))]
    public void Pixels_are_normalized_as_the_backbones_weights_were_trained(string backbone, string weights, float[] mean, float[] std)
    {
        var options = new DetectionOptions { Backbone = backbone, Weights = weights };
        foreach (var detector in new[] { Detectors.WithBackbone(backbone, weights), options.Architecture() })
        {
            Assert.Equal(mean, detector.Transform.Mean);
            Assert.Equal(std, detector.Transform.Std);
            byte[] color = [10, 128, 250];
            var picture = new Picture(32, 64, [.. Enumerable.Range(0, 32 * 64).SelectMany(_ => (byte[])[.. color, 255])]);
            var padded = detector.Transform with { MinSize = 32, MaxSize = 64 };
            foreach (var transform in new[] { padded, detector.Transform.WithInputSize(64) })
            {
                float[] values = new float[3 * 64 * 64];
                transform.Apply(picture, (64, 64), values);
                for (int c = 0; c < 3; c++)
                {
                    Assert.Equal((color[c] / 255f - mean[c]) / std[c], values[c * 64 * 64], 1e-4 / std[c]);
                    // The padding is the mean, which a square input rounds to 8 bits.
                    Assert.Equal(0, values[c * 64 * 64 + 63], transform.InputSize is null ? 0 : 0.5 / 255 / std[c] + 1e-6);
                }
            }
        }
    }

    [Fact]
    public void A_square_input_is_filled_by_the_longer_side()
    {
        var transform = new DetectionTransform(320, 640);
        Assert.Equal(448, transform.DefaultInputSize);
        transform = transform.WithInputSize(64);
        Assert.Equal((64, 32), transform.ResizedSize(256, 128));
        Assert.Equal((64, 64), transform.PaddedSize(64, 32));
        var detection = new TransferKit.Detection.Detection(new(16, 8, 32, 24), 1, 1);
        Assert.Equal(new Box(64, 32, 128, 96), Assert.Single(transform.Postprocess([detection], 256, 128)).Box);
        var error = Assert.Throws<InvalidOperationException>(() => new DetectionTransform().ToSquare(new Picture(1, 1, new byte[4])));
        Assert.StartsWith("The transform has no InputSize", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Records_that_hold_lists_compare_by_value()
    {
        AreEqual(new Anchors([32, 64], [1, 2]), new Anchors(new List<float> { 32, 64 }, [1, 2]), new Anchors([32, 65], [1, 2]));
        var transform = new DetectionTransform(320, 480);
        AreEqual(transform with { Mean = [0.1f, 0.2f, 0.3f] }, transform with { Mean = [0.1f, 0.2f, 0.3f] }, transform);
        AreEqual(Detectors.WithBackbone("resnet18"), Detectors.WithBackbone("resnet18"), Detectors.WithBackbone("resnet34"));
        AreEqual(Detectors.Get("fasterrcnn_resnet50_fpn"), Detectors.All[0] with { ReturnLayers = [.. Detectors.All[0].ReturnLayers] },
            Detectors.All[0] with { Anchors = [.. Detectors.All[0].Anchors.Reverse()] });

        static void AreEqual<T>(T record, T equal, T other) where T : notnull
        {
            Assert.Equal(record, equal);
            Assert.True(record.Equals(equal));
            Assert.Equal(record.GetHashCode(), equal.GetHashCode());
            Assert.False(record.Equals(other));
        }
    }
}
