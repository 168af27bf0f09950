using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Engines.Onnx;

public class OnnxReaderTests
{
    [Theory]
    [InlineData("resnet18")]
    [InlineData("mobilenet_v3_small")]
    [InlineData("efficientnet_b0")]
    [InlineData("vit_tiny_patch16_224")]
    [InlineData("dinov2_vits14", 70)]
    [InlineData("clip_vit_b_32")]
    public void An_exported_network_is_read_back(string name, int size = 64)
    {
        var graph = Registry.Get(name).Build(5, size);
        var network = new Network(graph, RandomWeights.For(graph));
        var preprocessing = Preprocessing.ImageNet with { Resize = 70, Crop = size, Interpolation = Interpolation.Bicubic };
        using var file = new MemoryStream();
        OnnxExport.Write(network, file, new OnnxOptions { Normalization = preprocessing, BatchSize = 1 });
        var (readNetwork, readPreprocessing) = OnnxReader.Read(file.ToArray());
        Assert.Equal(preprocessing, readPreprocessing);
        float[] images = [.. Enumerable.Range(0, 3 * size * size).Select(i => MathF.Sin(i))];
        float[] expected = new float[5], actual = new float[5];
        using OnnxInference original = new(network), read = new(readNetwork);
        original.Run(images, 1, expected);
        read.Run(images, 1, actual);
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void A_model_takes_RGB_levels_also_where_its_network_takes_BGR()
    {
        var graph = Registry.Get("resnet18").Build(5, 32);
        var network = new Network(graph, RandomWeights.For(graph));
        var preprocessing = new Preprocessing(32, 32, Interpolation.Bilinear, [0.1f, 0.2f, 0.3f], [0.4f, 0.5f, 0.6f])
        {
            ChannelOrder = ChannelOrder.Bgr,
            CropMode = CropMode.Squash,
        };
        using var file = new MemoryStream();
        OnnxExport.Write(network, file, new OnnxOptions { Normalization = preprocessing });
        Assert.Equal(preprocessing, OnnxReader.Read(file.ToArray()).Preprocessing);

        byte[] pixels = [.. Enumerable.Range(0, 32 * 32 * 4).Select(i => (byte)(i * i / 7))];
        float[] normalized = new float[preprocessing.Count], expected = new float[5];
        preprocessing.Apply(new ImageSource(new Picture(32, 32, pixels)), normalized);
        using var original = new OnnxInference(network);
        original.Run(normalized, 1, expected);
        using var session = new InferenceSession(file.ToArray());
        float[] levels = [.. Enumerable.Range(0, normalized.Length).Select(i => (float)pixels[i % 1024 * 4 + i / 1024])];
        using var actual = session.Run([NamedOnnxValue.CreateFromTensor("images", new DenseTensor<float>(levels, [1, 3, 32, 32]))]);
        Assert.All(expected.Zip(actual[0].AsEnumerable<float>()), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        Assert.Contains("Resize to 32 x 32 pixels without keeping the aspect ratio", session.ModelMetadata.Description,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Other_files_are_rejected()
    {
        var graph = Registry.Get("lenet5").Build(5);
        using var file = new MemoryStream();
        OnnxExport.Write(new Network(graph, RandomWeights.For(graph)), file, new OnnxOptions { Normalization = Preprocessing.ImageNet });
        byte[] model = file.ToArray();
        Assert.Contains("are not an ONNX model", Error(model[..(model.Length / 2)]), StringComparison.Ordinal);
        Assert.Contains("are not an ONNX model", Error([0, 1, 2, 3]), StringComparison.Ordinal);
        Assert.Contains("does not say which network", Error([]), StringComparison.Ordinal);
        byte[] unknownInterpolation = [.. model];
        ReplaceAll(unknownInterpolation, "bilinear"u8, "trilinea"u8);
        Assert.Contains("preprocessing in the metadata of the ONNX model is malformed", Error(unknownInterpolation),
            StringComparison.Ordinal);
        ReplaceAll(model, "conv1.weight"u8, "conv9.weight"u8);
        Assert.Contains("which its network needs", Error(model), StringComparison.Ordinal);

        static string Error(byte[] bytes) => Assert.Throws<InvalidDataException>(() => OnnxReader.Read(bytes)).Message;
    }

    [Fact]
    public void Labels_must_be_as_many_as_the_outputs()
    {
        var graph = Registry.Get("lenet5").Build(5);
        var network = new Network(graph, RandomWeights.For(graph));
        var error = Assert.Throws<ArgumentException>(
            () => OnnxExport.Write(network, Stream.Null, new OnnxOptions { Labels = ["ant", "bee"] }));
        Assert.Equal("2 labels are invalid: the network has 5 outputs, and each needs one label.", error.Message);
    }

    private static void ReplaceAll(byte[] bytes, ReadOnlySpan<byte> text, ReadOnlySpan<byte> replacement)
    {
        for (int position = bytes.AsSpan().IndexOf(text); position >= 0; position = bytes.AsSpan().IndexOf(text))
            replacement.CopyTo(bytes.AsSpan(position));
    }
}
