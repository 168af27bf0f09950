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

    /// <summary>Layer-wise decay as in BEiT (arXiv:2106.08254), whose lowest layer has patches, tokens and positions.</summary>
    [Fact]
    public void Blocks_of_transformers_have_lower_learning_rates_the_earlier_they_are()
    {
        string[][] layers = [["patch_embed", "cls_token", "pos_embed", "register_tokens"], ["blocks.0"], ["blocks.1"], ["blocks.2"],
            ["blocks.3", "norm", "head"]];
        var options = TrainingImages.Transformer();
        (options.Optimizer, options.LearningRate, options.Momentum, options.WeightDecay) = (OptimizerKind.Sgd, 1, 0, 0);
        options.LayerDecay = 0.5;
        var changes = ChangesOfOnes(options);
        foreach (var (key, change) in changes.Where(c => c.Key != "mask_token"))
        {
            int layer = Array.FindIndex(layers, names => names.Any(name => key == name || key.StartsWith(name + ".")));
            Assert.Equal(-Math.Pow(0.5, layers.Length - 1 - layer), change, 1e-6);
        }
    }

    /// <summary>As in timm and DeiT: biases, normalization, positions, tokens and layer scale have no weight decay.</summary>
    [Fact]
    public void Only_weights_of_convolutions_linear_layers_and_attention_decay()
    {
        var options = TrainingImages.Transformer();
        (options.Optimizer, options.LearningRate, options.Momentum, options.WeightDecay) = (OptimizerKind.Sgd, 1, 0, 0.25);
        options.LayerDecay = 1;
        foreach (var (key, change) in ChangesOfOnes(options))
        {
            bool decays = key.EndsWith(".weight", StringComparison.Ordinal) && !key.Contains("norm", StringComparison.Ordinal);
            Assert.True(change == (decays ? -1.25 : -1), $"{key}: {change}");
        }
    }

    // By how much a step changes the parameters of the transformer, which are all 1, as are their gradients.
    private static Dictionary<string, float> ChangesOfOnes(FineTuneOptions options)
    {
        using var scope = NewDisposeScope();
        var graph = options.Backbone.Build();
        using var module = new TorchNetwork(new Network(graph, RandomWeights.For(graph, seed: 1)));
        string[] keys = [.. graph.State.Select(s => s.Key)];
        using (no_grad())
            foreach (string key in keys)
                module.get_parameter(key)!.fill_(1);
        using var optimizer = new Optimizer(module, graph, options);
        keys.Select(key => module.get_parameter(key)!.sum()).Aggregate((sum, next) => sum + next).backward();
        optimizer.Step(factor: 1);
        return keys.ToDictionary(key => key, key => (module.get_parameter(key)!.flatten()[0] - 1).item<float>());
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
