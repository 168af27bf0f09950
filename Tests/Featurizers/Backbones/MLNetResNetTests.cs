using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using TransferKit.Backbones;
using TransferKit.Engines.Onnx;
using TransferKit.Engines.Torch;

namespace TransferKit.Tests.Featurizers.Backbones;

public class MLNetResNetTests
{
    [Fact]
    public void Features_are_those_of_the_two_models_of_the_package()
    {
        var random = new Random(3);
        float[] levels = [.. Enumerable.Range(0, 2 * 3 * 224 * 224).Select(_ => random.Next(256))];
        float[] expected = [.. levels.Chunk(levels.Length / 2).SelectMany(RunPackage)];
        var network = Pretrained.Load("mlnet_resnet18").Network.Until("features");
        Close.Equal(expected, FrozenRun.Of(new OnnxInference(network), levels), 1e-4, "ONNX Runtime");
        Close.Equal(expected, FrozenRun.Of(new TorchInference(network), levels), 1e-4, "Torch");
    }

    private static float[] RunPackage(float[] image) =>
        Run("ResNet18Onnx/ResNet18.onnx", Run("ResNetPrepOnnx/ResNetPreprocess.onnx", image));

    private static float[] Run(string model, float[] image)
    {
        using var session = new InferenceSession(Path.Combine(AppContext.BaseDirectory, "DnnImageModels", model));
        var input = NamedOnnxValue.CreateFromTensor(session.InputNames[0], new DenseTensor<float>(image, [1, 3, 224, 224]));
        using var outputs = session.Run([input]);
        return [.. outputs[0].AsEnumerable<float>()];
    }
}
