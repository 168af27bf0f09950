using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Engines.Torch;
using TransferKit.Graphs;
using TransferKit.Weights;
using static TorchSharp.torch;

namespace TransferKit.Tests.Featurizers.Backbones;

/// <summary>Tests every registered network: recorded outputs in both engines, gradients, and another number of classes.</summary>
public class RegistryTests
{
    // More weights than an ONNX model can hold.
    private static readonly string[] TooLarge = ["regnet_y_128gf", "vit_h_14", "dinov2_vitg14", "dinov2_vitg14_reg"];

    // These have no recording. Their engines are compared with each other, as are those of networks of which only the keys are recorded.
    private static readonly string[] Unrecorded =
    [
        "lenet5", "lenet5_tanh", "mlnet_resnet18", "resnetv2_18", "resnetv2_34", "resnetv2_101", "resnetv2_152", "squeezenet1_0_bypass",
        "squeezenet1_0_complex_bypass", "dinov2_vitl14", "dinov2_vitl14_reg", "clip_vit_l_14",
        "vit_small_patch32_224", "vit_base_patch16_224", "vit_base_patch16_384", "vit_base_patch32_224", "vit_large_patch16_224",
        "deit_tiny_patch16_224", "deit_small_patch16_224", "deit_base_patch16_224", "deit_small_distilled_patch16_224",
        "deit_base_distilled_patch16_224", .. TooLarge,
    ];

    // These transformers and later networks, the largest ones, differ from smaller ones of their family in numbers alone. Only their
    // structure is tested, unless TRANSFERKIT_TEST_LARGE=1 asks for more: each takes up to half a minute.
    private static readonly string[] Large =
    [
        "regnet_x_32gf", "regnet_y_32gf", "convnext_large", "vit_l_16", "vit_l_32", "dinov2_vitl14", "dinov2_vitl14_reg", "clip_vit_l_14",
        "vit_base_patch16_224", "vit_base_patch16_384", "vit_base_patch32_224", "vit_large_patch16_224", "deit_base_patch16_224",
        "deit_base_distilled_patch16_224",
    ];

    private static readonly bool TestsLarge = Environment.GetEnvironmentVariable("TRANSFERKIT_TEST_LARGE") == "1";

    public static TheoryData<string> Names => [.. Tested];

    public static TheoryData<string> Recorded => [.. Registry.All.Select(b => b.Name).Except(Unrecorded)];

    public static TheoryData<string> WithOutputs => [.. Tested.Where(HasOutputs)];

    public static TheoryData<string> WithoutOutputs => [.. Tested.Where(name => !HasOutputs(name))];

    private static IEnumerable<string> Tested => Registry.All.Select(b => b.Name).Except([.. TooLarge, .. TestsLarge ? [] : Large]);

    [Theory, MemberData(nameof(Recorded))]
    public void Structure_equals_the_reference(string name)
    {
        var recorded = RecordedOutputs.Read(name);
        var whole = Registry.Get(name).Build(size: recorded.Size);
        var graph = recorded.HasNoClassifier ? whole.Until("features") : whole;
        Assert.Equal(recorded.State.OrderBy(s => s.Key).Select(s => $"{s.Key} {TensorData.Describe(s.Value)}"),
            graph.State.OrderBy(s => s.Key).Select(s => $"{s.Key} {TensorData.Describe(s.Parameter.Dimensions)}"));
        var summary = Summary.Of(graph);
        Assert.Equal(recorded.Parameters, summary.Parameters);
        Assert.Same(whole.Output, whole.Find("logits"));
        if (!recorded.HasOutputs)
            return;
        Assert.Equal(recorded.Macs, summary.MultiplyAccumulates);
        Assert.Equal(new Shape(recorded.FeatureWidth), graph.Find("features").Shape);
        Assert.Equal(recorded.Aux.Keys.Order(), Registry.Get(name).Auxiliary.Keys.Order());
    }

    /// <summary>
    /// The keys of dinov2/layers/swiglu_ffn.py; <see cref="Weights.WeightEntryTests"/> compares the number of parameters with the file.
    /// </summary>
    [Fact]
    public void The_giant_of_DINOv2_has_gated_hidden_layers()
    {
        var graph = Registry.Get("dinov2_vitg14").Build().Until("features");
        string[] block = [.. graph.State.Where(s => s.Key.StartsWith("blocks.39.mlp.", StringComparison.Ordinal))
            .Select(s => $"{s.Key} {TensorData.Describe(s.Parameter.Dimensions)}")];
        Assert.Equal(
        [
            "blocks.39.mlp.w12.weight 8192x1536", "blocks.39.mlp.w12.bias 8192", "blocks.39.mlp.w3.weight 1536x4096",
            "blocks.39.mlp.w3.bias 1536",
        ], block);
        Assert.Equal(1_136_480_768, Summary.Of(graph).Parameters);
    }

    [Theory, MemberData(nameof(WithOutputs))]
    public void Engines_compute_the_recorded_outputs(string name)
    {
        var recorded = RecordedOutputs.Read(name);
        var whole = Registry.Get(name).Build(size: recorded.Size);
        var graph = recorded.HasNoClassifier ? whole.Until("features") : whole;
        var network = new Network(graph, recorded.Weights(graph));
        string[] nodes = recorded.HasNoClassifier ? ["features"] : ["features", "logits", .. recorded.Aux.Keys];
        using (var module = new TorchNetwork(network))
        using (no_grad())
        using (var x = tensor(recorded.Images(), [2, .. graph.Input.Shape.Dimensions]))
        {
            module.eval();
            long before = Tensor.TotalCount;
            foreach (var (node, value) in nodes.Zip(module.Values(x, nodes)))
                using (value)
                    Close.Equal(recorded.ValuesOf(node), value.data<float>().ToArray(), recorded.Tolerance, $"{name} {node}");
            Assert.Equal(before, Tensor.TotalCount);
        }
        var wellConditioned = RecordedOutputs.ReadWellConditioned(name);
        network = wellConditioned.Gain == recorded.Gain ? network : new Network(graph, wellConditioned.Weights(graph));
        foreach (var (node, values) in OnnxValues(network, nodes, wellConditioned.Images()))
            Close.Equal(wellConditioned.ValuesOf(node), values, wellConditioned.Tolerance, $"{name} {node}, ONNX Runtime");
        float[] features = FrozenRun.Of(new TorchInference(network.Until("features")), wellConditioned.Images());
        Close.Equal(wellConditioned.ValuesOf("features"), features, wellConditioned.Tolerance, $"{name} features, Torch, folded");
    }

    // Exporting and loading a model takes longer than running it: one model computes both logits and features, where these lie on the path
    // to the logits.
    private static IEnumerable<(string Node, float[] Values)> OnnxValues(Network network, string[] nodes, float[] images)
    {
        float[] Run(Network part) => FrozenRun.Of(new OnnxInference(part, threads: 2), images);
        if (nodes is ["features"] || !network.Graph.UntilOutput().Aliases.ContainsKey("features"))
            return nodes.Select(node => (node, Run(network.Until(node))));
        float[][] rows = [.. Run(network.AndValueOf("features")).Chunk(network.AndValueOf("features").Graph.Output.Shape.Count)];
        int classes = network.Graph.Output.Shape.Count;
        return
        [
            ("logits", [.. rows.SelectMany(row => row[..classes])]),
            ("features", [.. rows.SelectMany(row => row[classes..])]),
            .. nodes.Except(["logits", "features"]).Select(node => (node, Run(network.Until(node)))),
        ];
    }

    // MaxViT's windows divide its maps at multiples of its input size alone.
    private static int TrainingSize(Backbone backbone) =>
        backbone.Name == "maxvit_t" ? backbone.InputSize : Math.Min(96, backbone.InputSize);

    private static bool HasOutputs(string name) => !Unrecorded.Contains(name) && RecordedOutputs.Read(name).HasOutputs;

    [Fact]
    public void Networks_without_a_recording_are_named() => Assert.All(Unrecorded, name => Assert.False(RecordedOutputs.IsRecorded(name)));

    [Theory, MemberData(nameof(WithoutOutputs))]
    public void Engines_agree_on_networks_without_recorded_outputs(string name)
    {
        var graph = Registry.Get(name).Build(classes: 7, size: Math.Min(64, Registry.Get(name).InputSize));
        var network = new Network(graph, RandomWeights.For(graph, seed: 4));
        float[] images = RecordedOutputs.Read("resnet18").Images()[..(2 * graph.Input.Shape.Count)];
        foreach (string node in new[] { "features", "logits" })
        {
            float[] torch = FrozenRun.Of(new TorchInference(network.Until(node)), images);
            float[] onnx = FrozenRun.Of(new OnnxInference(network.Until(node)), images);
            Close.Equal(torch, onnx, 1e-4, $"{name} {node}");
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Gradients_reach_every_parameter_in_training(string name)
    {
        var backbone = Registry.Get(name);
        var graph = backbone.Build(classes: 5, size: TrainingSize(backbone));
        using var module = new TorchNetwork(new Network(graph, FillRule.Fill(graph.State, salt: "", gain: 1)));
        module.train();
        long before = Tensor.TotalCount;
        using (NewDisposeScope())
        {
            var outputs = module.Values(randn([2, .. graph.Input.Shape.Dimensions]), ["logits", .. backbone.Auxiliary.Keys]);
            Assert.All(outputs, y => Assert.Equal([2, 5], y.shape));
            stack(outputs).pow(2).sum().backward();
            string[] unused = [.. graph.Nodes.Where(node => node.Operator is UnusedParameter).Select(node => node.Name)];
            foreach (var (key, parameter) in module.named_parameters().Where(entry => !unused.Contains(entry.name)))
            {
                bool isFinite = parameter.grad is { } gradient && gradient.isfinite().all().item<bool>();
                Assert.True(isFinite, $"{name} {key} has no finite gradient");
            }
            module.zero_grad();
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Theory, MemberData(nameof(Names))]
    public void Another_number_of_classes_replaces_the_classifiers_only(string name)
    {
        var backbone = Registry.Get(name);
        var state = new StateDict();
        foreach (var (key, parameter) in backbone.Build().State)
        {
            var (type, size) = parameter.IsInteger ? (ElementType.Int64, sizeof(long)) : (ElementType.Float32, sizeof(float));
            state[key] = new TensorData(type, parameter.Dimensions, new byte[size * parameter.Count]);
        }
        var loaded = state.ToDictionary();
        var network = Pretrained.CreateNetwork(backbone, state, "zeros", classes: 5, backbone.InputSize, seed: 0);
        string[] replaced = [.. network.Graph.State.Select(s => s.Key).Where(k => network.Weights[k] != loaded[k])];
        int classifiers = name.Contains("distilled", StringComparison.Ordinal) ? 2 : 1;
        bool hasBias = network.Graph.Output.Operator is not Linear { Bias: false };
        Assert.Equal((hasBias ? 2 : 1) * (classifiers + backbone.Auxiliary.Count), replaced.Length);
        Assert.All(replaced, key => Assert.Equal(5, network.Weights[key].Dimensions[0]));
        Assert.Equal(loaded.Count, network.Graph.State.Count());
    }

    [Theory]
    [InlineData("googlenet")]
    [InlineData("inception_v3")]
    public void A_file_without_auxiliary_classifiers_gives_a_network_without_them(string name)
    {
        var backbone = Registry.Get(name);
        StateDict State(string? without = null)
        {
            var state = new StateDict();
            foreach (var (key, parameter) in backbone.Build().Until("logits").State.Where(s => s.Key != without))
                state[key] = RandomWeights.Create(key, parameter, seed: 0);
            return state;
        }
        var network = Pretrained.CreateNetwork(backbone, State(), "bare", classes: 5, backbone.InputSize, seed: 0);
        Assert.Equal(State().Count, network.Graph.State.Count());
        Assert.Equal([5, backbone.Build().Find("features").Shape.Count], network.Weights["fc.weight"].Dimensions);
        var error = Assert.Throws<InvalidDataException>(() =>
            Pretrained.CreateNetwork(backbone, State("fc.bias"), "bare", classes: null, backbone.InputSize, seed: 0));
        Assert.Contains("missing: fc.bias", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Tests torchvision's min_size of some networks. All are tested with at most 96 pixels above.</summary>
    [Theory]
    [InlineData("googlenet", 15)]
    [InlineData("squeezenet1_0", 21)]
    [InlineData("squeezenet1_1", 17)]
    [InlineData("inception_v3", 75)]
    public void Images_may_be_as_small_as_in_torchvision(string name, int size) =>
        Assert.Equal(new Shape(1000), Registry.Get(name).Build(size: size).Output.Shape);

    [Fact]
    public void A_network_without_published_weights_asks_for_a_file()
    {
        Assert.Equal("resnetv2_152 has no published weights; give a path to a .pth or .safetensors file, or 'none'.",
            Assert.Throws<ArgumentException>(() => Pretrained.Load(Registry.Get("resnetv2_152"))).Message);
        var error = Assert.Throws<ArgumentException>(() => Pretrained.Load(Registry.Get("resnetv2_152"), "IMAGENET1K_V1"));
        Assert.StartsWith("Unknown weights 'IMAGENET1K_V1'. resnetv2_152 has no published weights;", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_name_is_refused_with_the_nearest()
    {
        var error = Assert.Throws<ArgumentException>(() => Registry.Get("resnet51"));
        Assert.Equal($"Unknown backbone 'resnet51'. Did you mean resnet50? `transferkit models` lists all {Registry.All.Count}; " +
            "the path of an ONNX file works too.",
            error.Message);
    }
}
