using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Engines;

public class OnnxReaderTests
{
    [Theory]
    [InlineData("resnet18")]
    [InlineData("mobilenet_v3_small")]
    [InlineData("efficientnet_b0")]
    public void What_was_exported_is_read_back(string name)
    {
        var graph = Registry.Get(name).Build(5, 64);
        var network = new Network(graph, RandomWeights.For(graph));
        var preprocessing = Preprocessing.ImageNet with { Resize = 70, Crop = 64, Interpolation = Interpolation.Bicubic };
        using var file = new MemoryStream();
        OnnxExport.Write(network, file, new OnnxOptions { Normalize = preprocessing, BatchSize = 1 });
        var (read, given) = OnnxReader.Read(file.ToArray());
        Assert.Equal((preprocessing.Resize, preprocessing.Crop, preprocessing.Interpolation), (given!.Resize, given.Crop, given.Interpolation));
        Assert.Equal(preprocessing.Mean, given.Mean);
        Assert.Equal(preprocessing.Std, given.Std);
        float[] images = [.. Enumerable.Range(0, 3 * 64 * 64).Select(i => MathF.Sin(i))], one = new float[5], other = new float[5];
        using OnnxInference a = new(network), b = new(read);
        a.Run(images, 1, one);
        b.Run(images, 1, other);
        Assert.Equal(one, other);
    }

    [Fact]
    public void Other_files_are_refused()
    {
        var graph = Registry.Get("lenet5").Build(5);
        using var file = new MemoryStream();
        OnnxExport.Write(new Network(graph, RandomWeights.For(graph)), file);
        byte[] model = file.ToArray();
        Assert.Contains("are no ONNX model", Refused(model[..(model.Length / 2)]), StringComparison.Ordinal);
        Assert.Contains("are no ONNX model", Refused([0, 1, 2, 3]), StringComparison.Ordinal);
        Assert.Contains("does not say which network", Refused([]), StringComparison.Ordinal);
        // A weight that has gone by another name.
        Assert.Contains("which its network needs", Refused(Replaced(model, "conv1.weight"u8, "conv9.weight"u8)), StringComparison.Ordinal);

        static string Refused(byte[] bytes) => Assert.Throws<InvalidDataException>(() => OnnxReader.Read(bytes)).Message;
    }

    private static byte[] Replaced(byte[] bytes, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        for (int at = bytes.AsSpan().IndexOf(from); at >= 0; at = bytes.AsSpan().IndexOf(from))
            to.CopyTo(bytes.AsSpan(at));
        return bytes;
    }
}
