using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using TransferKit.Backbones;
using TransferKit.Engines.Onnx;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Tests.Toolkit.Commands;

/// <summary>Networks exported by the command, run by plain ONNX Runtime.</summary>
public sealed class ExportTests : IDisposable
{
    private const double Tolerance = 1e-4;
    private readonly TemporaryFolder _folder = new();
    private readonly string _weights, _onnx, _image;

    public ExportTests()
    {
        (_weights, _onnx) = (_folder.File("net.safetensors"), _folder.File("net.onnx"));
        _image = Path.Combine(Drawings.Folder(_folder, each: 1), "bars", "00.jpg");
        Safetensors.Write(_weights, RandomWeights.For(Registry.Get("resnet18").Build(6), seed: 5));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Safetensors_have_the_keys_and_shapes_of_the_network()
    {
        string copy = _folder.File("copy.safetensors");
        CliTests.Json("export", "resnet18", "--weights", _weights, "--out", copy);
        using var state = Checkpoint.Read(copy);
        Checkpoint.Check(Registry.Get("resnet18").Build(6), state, copy);
    }

    [Fact]
    public void A_classifier_gives_probabilities_of_levels()
    {
        CliTests.Json("export", "resnet18", "--weights", _weights, "--out", _onnx);
        var (output, labels, values) = PlainOnnx.Run(_onnx, _image, _image);
        Assert.Equal(("probabilities", null, 2), (output, labels, values.Length));
        float[] expected = VectorMath.Softmax(Values("resnet18", _weights, "logits"));
        Close.Equal(expected, values[0], Tolerance, "probabilities");
        Close.Equal(expected, values[1], Tolerance, "probabilities");
    }

    [Fact]
    public void A_layer_gives_its_value()
    {
        var exported = CliTests.Json("export", "resnet18", "--weights", _weights, "--layer", "features", "--out", _onnx);
        Assert.Equal([512], exported.GetProperty("output").Deserialize<int[]>()!);
        var (output, _, values) = PlainOnnx.Run(_onnx, _image);
        Assert.Equal("features", output);
        Close.Equal(Values("resnet18", _weights, "features"), values[0], Tolerance, "features");
    }

    [Fact]
    public void Weights_without_a_classifier_are_exported_up_to_the_features()
    {
        var exported = CliTests.Json("export", "mobilenet_v3_small", "--out", _onnx);
        Assert.Equal([1024], exported.GetProperty("output").Deserialize<int[]>()!);
        var (output, _, values) = PlainOnnx.Run(_onnx, _image);
        Assert.Equal("features", output);
        Close.Equal(Values("mobilenet_v3_small", null, "features"), values[0], Tolerance, "features");
    }

    /// <summary>The bare network takes normalized images and gives logits.</summary>
    [Fact]
    public void Integers_are_calibrated_on_a_folder_of_images()
    {
        IntegerInstructions.Require();
        string photos = Path.GetDirectoryName(Path.GetDirectoryName(_image))!, single = _folder.File("single.onnx");
        CliTests.Json("export", "resnet18", "--weights", _weights, "--out", single);
        CliTests.Json("export", "resnet18", "--weights", _weights, "--precision", "int8", "--calibrate", photos, "--out", _onnx);
        Assert.True(new FileInfo(_onnx).Length < 0.3 * new FileInfo(single).Length);
        float[] expected = PlainOnnx.Run(single, _image).Values[0], actual = PlainOnnx.Run(_onnx, _image).Values[0];
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, tolerance: 0.05));
        Assert.NotEqual(expected, actual);
    }

    [Theory]
    [InlineData("net.onnx", "--precision int8", "--precision int8 needs --calibrate DIR")]
    [InlineData("net.onnx", "--calibrate PHOTOS", "--calibrate")]
    [InlineData("net.safetensors", "--precision int8", "--precision")]
    [InlineData("net.onnx", "--precision int4", "int4")]
    public void Options_of_integers_that_do_not_fit_are_refused(string file, string options, string message)
    {
        string[] command = ["export", "resnet18", "--weights", _weights, "--out", _folder.File(file), .. options.Split(' ')];
        var (code, _, error) = CliTests.Run(command);
        Assert.Equal(2, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_raw_network_is_that_of_the_reference()
    {
        CliTests.Json("export", "resnet18", "--weights", _weights, "--raw", "--out", _onnx);
        using var session = new InferenceSession(_onnx);
        Assert.DoesNotContain("Image.NominalPixelRange", session.ModelMetadata.CustomMetadataMap.Keys);
        using var reference = new OnnxInference(Pretrained.Load("resnet18", _weights).Network);
        float[] images = [.. Enumerable.Range(0, reference.Input.Count).Select(i => MathF.Sin(i))], expected = new float[6];
        reference.Run(images, 1, expected);
        var input = NamedOnnxValue.CreateFromTensor("images", new DenseTensor<float>(images, [1, 3, 224, 224]));
        using var outputs = session.Run([input]);
        Close.Equal(expected, outputs.Single(o => o.Name == "output").AsEnumerable<float>().ToArray(), Tolerance, "logits");
    }

    private float[] Values(string backbone, string? weights, string layer)
    {
        using var featurizer = new ImageFeaturizer(new FeaturizerOptions { Backbone = backbone, Weights = weights, Layer = layer });
        return featurizer.Featurize(new ImageSource(_image));
    }
}
