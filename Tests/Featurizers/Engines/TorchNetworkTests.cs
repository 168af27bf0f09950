using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Engines.Torch;
using TransferKit.Graphs;
using TransferKit.Weights;
using static TorchSharp.torch;

namespace TransferKit.Tests.Featurizers.Engines;

public class TorchNetworkTests
{
    [Theory]
    [InlineData("resnet18")]
    [InlineData("mobilenet_v2")]
    public void The_state_dict_is_the_graphs(string name)
    {
        using var module = Create(name);
        Assert.Equal(Registry.Get(name).Build(5, 64).State.Select(s => s.Key).Order(StringComparer.Ordinal), module.state_dict().Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_forward_pass_leaves_no_tensor_but_its_result(bool gradients)
    {
        using var module = Create("resnet18");
        module.eval();
        using var mode = set_grad_enabled(gradients);
        using var x = randn(2, 3, 64, 64);
        module.forward(x).Dispose();
        long before = Tensor.TotalCount;
        for (int i = 0; i < 3; i++)
            module.forward(x).Dispose();
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Gradients_reach_every_parameter_and_statistics_move_only_in_training()
    {
        using var module = Create("mobilenet_v2");
        using var scope = NewDisposeScope();
        using var x = randn(4, 3, 64, 64);
        module.train();
        module.forward(x).sum().backward();
        Assert.All(module.named_parameters(), p => Assert.True(p.parameter.grad is not null && (p.parameter.grad.isfinite().all().item<bool>()), p.name));
        Assert.Equal(1, Counter(module));
        module.eval();
        module.forward(x).Dispose();
        Assert.Equal(1, Counter(module));
    }

    [Fact]
    public void One_value_a_channel_is_refused_in_training()
    {
        using var module = Create("mobilenet_v3_small");
        using var scope = NewDisposeScope();
        module.train();
        Assert.Contains("train with batches of at least 2 images", Assert.Throws<InvalidOperationException>(() => module.forward(randn(1, 3, 32, 32))).Message, StringComparison.Ordinal);
        Assert.All(module.named_buffers(), b => Assert.False(b.buffer.isnan().any().item<bool>(), b.name));
    }

    [Theory]
    [InlineData("resnet18")]
    [InlineData("shufflenet_v2_x0_5")]
    public void Frozen_statistics_give_the_values_and_gradients_of_evaluation_in_training(string name)
    {
        var graph = Registry.Get(name).Build(5, 64);
        var network = new Network(graph, Backbones.Zoo.Read("resnet18").Fill(graph));
        using TorchNetwork evaluated = new(network), trained = new(network) { StatisticsFrozen = true };
        using var scope = NewDisposeScope();
        var x = randn(2, 3, 64, 64);
        evaluated.eval();
        trained.train();
        Tensor one = evaluated.forward(x), other = trained.forward(x);
        Close.Equal(one.data<float>().ToArray(), other.data<float>().ToArray(), 1e-4, name);
        one.square().mean().backward();
        other.square().mean().backward();
        foreach (var ((key, expected), (_, actual)) in evaluated.named_parameters().Zip(trained.named_parameters()))
            Close.Equal(expected.grad!.contiguous().data<float>().ToArray(), actual.grad!.contiguous().data<float>().ToArray(), 1e-3, key);
        Assert.All(trained.named_buffers().Zip(evaluated.named_buffers()), pair => Assert.True(pair.First.buffer.equal(pair.Second.buffer).all().item<bool>(), pair.First.name));
    }

    [Fact]
    public void Folding_changes_nothing_but_the_normalisations()
    {
        var graph = Registry.Get("resnet18").Build(5, 64);
        var network = new Network(graph, Backbones.Zoo.Read("resnet18").Fill(graph));
        var folded = network.FoldBatchNorm();
        Assert.DoesNotContain(folded.Graph.Nodes, n => n.Operator is BatchNorm);
        Assert.Equal(graph.Nodes.Count - graph.Nodes.Count(n => n.Operator is BatchNorm), folded.Graph.Nodes.Count);
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var before = new TorchNetwork(network);
        using var after = new TorchNetwork(folded);
        before.eval();
        after.eval();
        var x = randn(2, 3, 64, 64);
        Close.Equal(before.forward(x).data<float>().ToArray(), after.forward(x).data<float>().ToArray(), 1e-4, "folded");
    }

    [Fact]
    public void A_normalisation_without_a_convolution_of_its_own_stays()
    {
        var graph = Graph.Build(g =>
        {
            var shared = g.Input(3, 8, 8).Conv("conv", 4, 3);
            return shared.BatchNorm("bn").Activate(new Relu6()) + shared;
        });
        var network = new Network(graph, Backbones.Zoo.Read("resnet18").Fill(graph));
        Assert.Contains(network.FoldBatchNorm().Graph.Nodes, n => n.Name == "bn");
        float[] images = [.. Enumerable.Range(0, 192).Select(i => MathF.Sin(i))], onnx = new float[256], torch = new float[256];
        using var a = new OnnxInference(network);
        using var b = new TorchInference(network);
        a.Run(images, 1, onnx);
        b.Run(images, 1, torch);
        Close.Equal(torch, onnx, 1e-5, "unfolded");
    }

    [Fact]
    public void A_module_made_within_a_dispose_scope_keeps_its_parameters()
    {
        TorchNetwork module;
        using (NewDisposeScope())
            module = Create("resnet18");
        using (module)
        using (var x = randn(1, 3, 64, 64))
        using (var y = module.forward(x))
            Assert.Equal(5, y.shape[1]);
    }

    [Fact]
    public void Modules_give_their_memory_back()
    {
        // Of one network: weights of its own for each would be managed memory, which is collected when it pleases.
        var network = Fresh("resnet18");
        long[] megabytes = new long[40];
        for (int i = 0; i < megabytes.Length; i++)
        {
            // 45 MB of parameters each, 1.5 GB if they stayed.
            new TorchNetwork(network).Dispose();
            megabytes[i] = Environment.WorkingSet >> 20;
        }
        Assert.InRange(megabytes[^1] - megabytes[5], -10_000, 200);
    }

    [Fact]
    public void An_engine_that_was_released_says_so()
    {
        var graph = Graph.Build(g => g.Input(1, 2, 2).Relu());
        foreach (IInferenceEngine engine in new IInferenceEngine[] { new OnnxInference(new Network(graph, [])), new TorchInference(new Network(graph, [])) })
        {
            engine.Dispose();
            engine.Dispose();
            Assert.Throws<ObjectDisposedException>(() => engine.Run(new float[4], 1, new float[4]));
        }
    }

    [Theory]
    [InlineData("cpu:x")]
    [InlineData("cuda:x")]
    [InlineData("gpu")]
    public void A_device_that_is_none_is_quoted(string device)
    {
        var graph = Graph.Build(g => g.Input(1, 2, 2).Relu());
        Assert.Contains($"Unknown device '{device}'; cpu, cuda and cuda:N are known", Assert.Throws<ArgumentException>(() => new TorchInference(new Network(graph, []), device)).Message, StringComparison.Ordinal);
    }

    private static long Counter(TorchNetwork module) => module.named_buffers().Single(b => b.name == "features.0.1.num_batches_tracked").buffer.item<long>();

    private static TorchNetwork Create(string name) => new(Fresh(name));

    private static Network Fresh(string name)
    {
        var graph = Registry.Get(name).Build(5, 64);
        return new Network(graph, RandomWeights.For(graph));
    }
}
