using TransferKit.Engines;
using TransferKit.Engines.Torch;
using TransferKit.Tests.Featurizers.Backbones;
using TransferKit.Tests.Featurizers.Training;
using static TorchSharp.torch;

namespace TransferKit.Tests.Featurizers.Engines.Torch;

public class TorchTokensTests
{
    /// <summary>For each parameter, the slope of the loss along its gradient is the square of the gradient's norm.</summary>
    /// <param name="size">Pixels; positions are for 32, and are resized for any other size.</param>
    [Theory]
    [InlineData(32)]
    [InlineData(48)]
    public void Gradients_of_a_transformer_are_the_slopes_of_its_loss(int size)
    {
        using var scope = NewDisposeScope();
        var graph = TrainingImages.TinyTransformer.Build(classes: 3, size);
        using var module = new TorchNetwork(new Network(graph, FillRule.Fill(graph.State, salt: "", gain: 1)));
        module.eval();
        using var generator = random.manual_seed(1);
        var images = randn(2, 3, size, size);
        Loss().backward();
        foreach (var (key, parameter) in module.named_parameters().Where(entry => entry.name != "mask_token"))
        {
            using var frozen = no_grad();
            var gradient = parameter.grad!;
            double squaredNorm = gradient.square().sum().item<float>();
            Assert.True(squaredNorm > 0, $"{key} has no gradient");
            // A step along the gradient that moves the loss by about 0.01 each way.
            double step = 0.01 / squaredNorm;
            double slope = (LossAt(step) - LossAt(-step)) / (2 * step);
            Assert.True(Math.Abs(slope / squaredNorm - 1) < 0.02, $"{key}: {slope} instead of {squaredNorm}");

            float LossAt(double distance)
            {
                parameter.add_(gradient, distance);
                float loss = Loss().item<float>();
                parameter.add_(gradient, -distance);
                return loss;
            }
        }

        Tensor Loss() => module.forward(images).square().sum();
    }
}
