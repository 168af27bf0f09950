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
    public void An_exported_network_is_read_back(string name)
    {
        var graph = Registry.Get(name).Build(5, 64);
        var network = new Network(graph, RandomWeights.For(graph));
        var preprocessing = Preprocessing.ImageNet with { Resize = 70, Crop = 64, Interpolation = Interpolation.Bicubic };
        using var file = new MemoryStream();
        OnnxExport.Write(network, file, new OnnxOptions { Normalization = preprocessing, BatchSize = 1 });
        var (readNetwork, readPreprocessing) = OnnxReader.Read(file.ToArray());
        Assert.Equal(preprocessing, readPreprocessing);
        float[] images = [.. Enumerable.Range(0, 3 * 64 * 64).Select(i => MathF.Sin(i))];
        float[] expected = new float[5], actual = new float[5];
        using OnnxInference original = new(network), read = new(readNetwork);
        original.Run(images, 1, expected);
        read.Run(images, 1, actual);
        Assert.Equal(expected, actual);
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
