using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Engines.Torch;
using TransferKit.Tests.Featurizers.Backbones;
using TransferKit.Weights;
using static TorchSharp.torch;

namespace TransferKit.Tests.Featurizers.Engines.Torch;

public class TorchNetworkTests
{
    [Theory]
    [InlineData("resnet18")]
    [InlineData("mobilenet_v2")]
    public void The_state_dict_has_the_keys_of_the_graph(string name)
    {
        using var module = Create(name);
        var expected = Registry.Get(name).Build(5, 64).State.Select(entry => entry.Key).Order(StringComparer.Ordinal);
        Assert.Equal(expected, module.state_dict().Keys.Order(StringComparer.Ordinal));
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
    public void Gradients_reach_every_parameter_and_statistics_change_only_in_training()
    {
        using var module = Create("mobilenet_v2");
        using var scope = NewDisposeScope();
        using var x = randn(4, 3, 64, 64);
        module.train();
        module.forward(x).sum().backward();
        Assert.All(module.named_parameters(), entry => Assert.True(HasFiniteGradient(entry.parameter), entry.name));
        Assert.Equal(1, BatchCount(module));
        module.eval();
        module.forward(x).Dispose();
        Assert.Equal(1, BatchCount(module));

        static bool HasFiniteGradient(Tensor parameter) => parameter.grad is { } gradient && gradient.isfinite().all().item<bool>();
    }

    [Fact]
    public void One_value_per_channel_is_rejected_in_training()
    {
        using var module = Create("mobilenet_v3_small");
        using var scope = NewDisposeScope();
        module.train();
        var exception = Assert.Throws<InvalidOperationException>(() => module.forward(randn(1, 3, 32, 32)));
        Assert.Contains("train with batches of at least 2 images", exception.Message, StringComparison.Ordinal);
        Assert.All(module.named_buffers(), entry => Assert.False(entry.buffer.isnan().any().item<bool>(), entry.name));
    }

    [Theory]
    [InlineData("resnet18")]
    [InlineData("shufflenet_v2_x0_5")]
    public void Training_with_frozen_statistics_has_the_values_and_gradients_of_evaluation(string name)
    {
        var graph = Registry.Get(name).Build(5, 64);
        var network = new Network(graph, RecordedOutputs.Read("resnet18").Weights(graph));
        using TorchNetwork evaluated = new(network), trained = new(network) { StatisticsFrozen = true };
        using var scope = NewDisposeScope();
        // Where a ReLU's input is almost zero, rounding decides whether it has a gradient. This input has no such values.
        using var generator = random.manual_seed(2);
        var x = randn(2, 3, 64, 64);
        evaluated.eval();
        trained.train();
        Tensor expected = evaluated.forward(x), actual = trained.forward(x);
        Close.Equal(Values(expected), Values(actual), 1e-4, name);
        expected.square().mean().backward();
        actual.square().mean().backward();
        foreach (var ((key, expectedParameter), (_, parameter)) in evaluated.named_parameters().Zip(trained.named_parameters()))
            Close.Equal(Values(expectedParameter.grad!), Values(parameter.grad!), 1e-3, key);
        foreach (var ((key, expectedBuffer), (_, buffer)) in evaluated.named_buffers().Zip(trained.named_buffers()))
            Assert.True(buffer.equal(expectedBuffer).all().item<bool>(), key);
    }

    [Fact]
    public void A_module_created_within_a_dispose_scope_keeps_its_parameters()
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
    public void A_disposed_module_releases_its_memory()
    {
        // All modules share the weights of one network, which are managed memory that is collected at any time.
        var network = RandomNetwork("resnet18");
        long[] megabytes = new long[40];
        for (int i = 0; i < megabytes.Length; i++)
        {
            // Each module has 45 MB of parameters; 35 modules would be 1.5 GB.
            new TorchNetwork(network).Dispose();
            megabytes[i] = Environment.WorkingSet >> 20;
        }
        Assert.InRange(megabytes[^1] - megabytes[5], -10_000, 200);
    }

    [Fact]
    public void The_list_of_nodes_must_name_each_node_once()
    {
        using var module = Create("resnet18");
        using var x = randn(1, 3, 64, 64);
        foreach (string[] nodes in new string[][] { [], ["layer1", "layer1"] })
        {
            var exception = Assert.Throws<ArgumentException>(() => module.Values(x, nodes));
            Assert.Contains("name at least one, and each only once", exception.Message, StringComparison.Ordinal);
        }
    }

    private static float[] Values(Tensor tensor) => tensor.contiguous().data<float>().ToArray();

    private static long BatchCount(TorchNetwork module) =>
        module.named_buffers().Single(entry => entry.name == "features.0.1.num_batches_tracked").buffer.item<long>();

    private static TorchNetwork Create(string name) => new(RandomNetwork(name));

    private static Network RandomNetwork(string name)
    {
        var graph = Registry.Get(name).Build(5, 64);
        return new Network(graph, RandomWeights.For(graph));
    }
}
