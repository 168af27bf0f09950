using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Engines.Torch;
using TransferKit.Training;
using TransferKit.Weights;
using static TorchSharp.torch;

namespace TransferKit.Tests.Featurizers.Training;

public class OptimizerTests
{
    /// <summary>TorchSharp's optimizers compute what PyTorch's do.</summary>
    [Theory]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.Sgd)]
    public void Optimizers_step_like_those_of_PyTorch(OptimizerKind kind)
    {
        using var scope = NewDisposeScope();
        var graph = Registry.Get("lenet5").Build();
        var network = new Network(graph, RandomWeights.For(graph, seed: 1));
        using TorchNetwork module = new(network), expectedModule = new(network);
        var options = new FineTuneOptions
        {
            Backbone = "lenet5",
            Optimizer = kind,
            LearningRate = 0.01,
            WeightDecay = 0.1,
            Momentum = 0.8,
        };
        using var optimizer = new Optimizer(module, graph, options);
        using var expectedOptimizer = TorchSharpOptimizer(kind, expectedModule);
        // AdamW divides gradients by their size: where they are almost zero, rounding decides. This input has none.
        using var generator = random.manual_seed(1);
        var x = randn(4, 3, 32, 32);
        for (int i = 0; i < 4; i++)
        {
            optimizer.ZeroGrad();
            expectedOptimizer.zero_grad();
            module.forward(x).square().mean().backward();
            expectedModule.forward(x).square().mean().backward();
            optimizer.Step(factor: 1);
            expectedOptimizer.step();
        }
        foreach (var (actual, expected) in module.parameters().Zip(expectedModule.parameters()))
            Assert.True(actual.allclose(expected, 1e-4, 1e-6), $"{(actual - expected).abs().max().item<float>()}");
    }

    // Biases do not decay.
    private static optim.Optimizer TorchSharpOptimizer(OptimizerKind kind, TorchNetwork module)
    {
        TorchSharp.Modules.Parameter[] weights = [.. module.parameters().Where(parameter => parameter.dim() > 1)];
        TorchSharp.Modules.Parameter[] biases = [.. module.parameters().Where(parameter => parameter.dim() == 1)];
        if (kind == OptimizerKind.AdamW)
        {
            return optim.AdamW(new TorchSharp.Modules.AdamW.ParamGroup[]
            {
                new(weights, 0.01, weight_decay: 0.1),
                new(biases, 0.01, weight_decay: 0),
            }, 0.01);
        }
        return optim.SGD(new TorchSharp.Modules.SGD.ParamGroup[]
        {
            new(weights, 0.01, 0.8, weight_decay: 0.1),
            new(biases, 0.01, 0.8, weight_decay: 0),
        }, 0.01, 0.8);
    }
}
