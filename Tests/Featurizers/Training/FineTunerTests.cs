using TransferKit.Engines;
using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Training;
using TransferKit.Weights;
using static TorchSharp.torch;
using static TransferKit.Tests.Featurizers.Training.TrainingImages;

namespace TransferKit.Tests.Featurizers.Training;

public sealed class FineTunerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void LeNet_learns_from_scratch_to_tell_bars_from_discs()
    {
        var options = LeNet();
        options.Epoch = 25;
        var trained = Train(options, Draw(24), Draw(8, "validation", first: 100));
        var history = trained.History;
        Assert.Equal(25, history.Count);
        Assert.True(history[^1].Loss < 0.5 * history[0].Loss, $"{history}");
        Assert.True(history[trained.BestEpoch - 1].ValidationAccuracy >= 0.75);
        Assert.Equal(history.Max(m => m.ValidationAccuracy), history[trained.BestEpoch - 1].ValidationAccuracy);
        Assert.All(history, m => Assert.Equal("all layers", m.Phase));
    }

    [Theory]
    [InlineData(FineTuneMode.LastLayer, "head")]
    [InlineData(FineTuneMode.LastLayers, "blocks.2 blocks.3 norm head")]
    [InlineData(FineTuneMode.AllLayers, "patch_embed cls_token pos_embed register_tokens blocks norm head")]
    public void A_transformer_learns_in_the_layers_of_a_mode(FineTuneMode mode, string trainedLayers)
    {
        var options = Transformer();
        (options.Mode, options.Epoch, options.LearningRate) = (mode, 12, 3e-3);
        options.DropPath = mode == FineTuneMode.LastLayer ? null : 0.1;
        var (network, _, history, _) = Train(options, Draw(12), Draw(4, "validation", first: 100));
        Assert.True(history[^1].Loss < history[0].Loss, $"{history[0].Loss} {history[^1].Loss}");
        // Layers are dropped in training alone.
        Assert.DoesNotContain(network.Graph.Nodes, node => node.Operator is StochasticDepth);
        var initial = RandomWeights.For(network.Graph, options.Seed);
        foreach (string key in network.Graph.State.Select(s => s.Key))
        {
            bool stayed = initial[key].Bytes.Span.SequenceEqual(network.Weights[key].Bytes.Span);
            bool isTrained = trainedLayers.Split(' ').Any(layer => key == layer || key.StartsWith(layer + ".", StringComparison.Ordinal));
            Assert.True(stayed != isTrained, $"{key} {(stayed ? "stayed" : "changed")}");
        }
    }

    [Fact]
    public void A_step_along_the_gradient_of_a_transformer_lowers_its_loss()
    {
        var options = Transformer();
        (options.Optimizer, options.LearningRate, options.Schedule) = (OptimizerKind.Sgd, 1e-2, ScheduleKind.Constant);
        (options.WarmUpFraction, options.DropPath, options.Epoch, options.Momentum) = (0, null, 6, 0);
        foreach (var mode in new[] { FineTuneMode.LastLayers, FineTuneMode.AllLayers })
        {
            options.Mode = mode;
            // Each epoch is one step on the same images.
            var history = Train(options, Draw(4), []).History;
            Assert.All(history.Zip(history.Skip(1)), pair => Assert.True(pair.Second.Loss < pair.First.Loss, $"{mode}: {pair}"));
        }
    }

    /// <summary>DeiT averages a classifier on the class token and one on the distillation token: both are replaced and trained.</summary>
    [Fact]
    public void Both_classifiers_of_DeiT_are_its_last_layer()
    {
        const string Name = "deit_tiny_distilled_patch16_224";
        var options = new FineTuneOptions { Backbone = Name, Weights = WriteWeights(_folder, Name), Epoch = 1, BatchSize = 4 };
        (options.Preprocessing, options.Mode) = (Tiny, FineTuneMode.LastLayer);
        var network = Train(options, Draw(2), []).Network;
        var before = Checkpoint.Read(options.Weights!);
        Assert.Equal([2, 192], network.Weights["head.weight"].Dimensions);
        Assert.Equal([2, 192], network.Weights["head_dist.weight"].Dimensions);
        var initial = RandomWeights.For(network.Graph, options.Seed);
        foreach (string key in network.Graph.State.Select(s => s.Key))
        {
            bool isHead = key.StartsWith("head", StringComparison.Ordinal);
            var (start, now) = ((isHead ? initial : before)[key].Bytes, network.Weights[key].Bytes);
            Assert.True(start.Span.SequenceEqual(now.Span) != isHead, key);
        }
    }

    [Theory]
    [InlineData(FineTuneMode.LastLayer, null, "classifier.3")]
    [InlineData(FineTuneMode.AddedLayer, null, "added")]
    [InlineData(FineTuneMode.LastLayers, "features.10", "features.10 features.11 features.12 classifier")]
    [InlineData(FineTuneMode.LastLayers, "features.10.block.1", "features.10 features.11 features.12 classifier")]
    [InlineData(FineTuneMode.LastLayers, "classifier", "classifier")]
    [InlineData(FineTuneMode.LastLayers, null, "features.9 features.10 features.11 features.12 classifier")]
    [InlineData(FineTuneMode.AllLayers, null, "features classifier")]
    public void A_mode_trains_its_layers_and_no_others(FineTuneMode mode, string? from, string trainedLayers)
    {
        var options = new FineTuneOptions
        {
            Backbone = "mobilenet_v3_small",
            Weights = WriteWeights(_folder, "mobilenet_v3_small"),
            Preprocessing = Preprocessing.ImageNet with { Resize = 64, Crop = 64 },
            Mode = mode,
            From = from,
            Epoch = 2,
            BatchSize = 4,
        };
        var network = Train(options, Draw(4), []).Network;
        var before = Checkpoint.Read(options.Weights!);
        string[] prefixes = [.. trainedLayers.Split(' ').Select(layer => layer + ".")];
        foreach (var (key, _) in network.Graph.State.Where(s => !s.Parameter.IsBuffer))
        {
            bool unchanged = before.TryGetValue(key, out var initial) && initial.Bytes.Span.SequenceEqual(network.Weights[key].Bytes.Span);
            bool isTrained = prefixes.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal));
            Assert.True(unchanged != isTrained, $"{key} {(unchanged ? "stayed" : "changed")}");
        }
        // The statistics of pretrained weights stay, in trained layers as well.
        Assert.All(network.Graph.State.Where(s => s.Parameter.IsBuffer),
            s => Assert.Equal(before[s.Key].Bytes.ToArray(), network.Weights[s.Key].Bytes.ToArray()));
        Assert.Equal(new Shape(2), network.Graph.Output.Shape);
    }

    [Fact]
    public void Activations_cached_in_a_file_give_the_same_as_in_memory()
    {
        Environment.SetEnvironmentVariable(CacheFolder.Variable, _folder.File("cache"));
        try
        {
            var options = new FineTuneOptions
            {
                Backbone = "mobilenet_v3_small",
                Weights = WriteWeights(_folder, "mobilenet_v3_small"),
                Preprocessing = Tiny,
                Epoch = 3,
                BatchSize = 4,
                Augmentation = Augmentation.Light,
                Views = 2,
            };
            var inMemory = Train(options, Draw(4), []);
            options.CacheBytes = 0;
            var inFile = Train(options, Draw(4), []);
            Assert.Equal(inMemory.History.Select(m => m.Loss), inFile.History.Select(m => m.Loss));
            Assert.Empty(Directory.GetFiles(_folder.File("cache"), "*", SearchOption.AllDirectories));
        }
        finally
        {
            Environment.SetEnvironmentVariable(CacheFolder.Variable, null);
        }
    }

    [Fact]
    public void Auxiliary_classifiers_are_trained()
    {
        var options = new FineTuneOptions
        {
            Backbone = "googlenet",
            Weights = "none",
            Preprocessing = Tiny,
            Mode = FineTuneMode.AllLayers,
            Epoch = 1,
            BatchSize = 4,
        };
        var network = Train(options, Draw(2), []).Network;
        var initial = RandomWeights.For(network.Graph, options.Seed);
        Assert.False(initial["aux1.fc2.weight"].Bytes.Span.SequenceEqual(network.Weights["aux1.fc2.weight"].Bytes.Span));
        Assert.Equal([2, 1024], network.Weights["aux2.fc2.weight"].Dimensions);
    }

    [Fact]
    public void A_loss_that_is_not_finite_ends_the_training_with_advice()
    {
        var options = LeNet();
        (options.LearningRate, options.WarmUpFraction, options.ClipNorm) = (1e30, 0, 0);
        (options.Optimizer, options.Epoch, options.BatchSize) = (OptimizerKind.Sgd, 3, 4);
        var error = Assert.Throws<TrainingException>(() => Train(options, Draw(8), []));
        Assert.Matches("^The loss is (NaN|Infinity) in epoch 1, at a learning rate of .* "
            + "Try a learning rate of 1e\\+29, or a longer warm-up", error.Message);
    }

    [Fact]
    public void Early_stopping_ends_a_training_that_does_not_improve()
    {
        var options = LeNet();
        (options.LearningRate, options.Epoch, options.EarlyStoppingCriteria) = (1e-12, 50, new(Patience: 3));
        var trained = Train(options, Draw(4), Draw(4, "validation"));
        Assert.True(trained.History.Count < 50);
        Assert.Equal(3, trained.History.Count - trained.BestEpoch);
    }

    [Fact]
    public void A_learning_rate_is_found()
    {
        var options = LeNet();
        (options.FindLearningRate, options.LearningRate, options.Epoch) = (true, 1e-9, 2);
        (options.WarmUpFraction, options.Schedule) = (0, ScheduleKind.Constant);
        Assert.InRange(Train(options, Draw(16), []).History[0].LearningRate, 1e-5, 0.5);
    }

    public static TheoryData<FineTuneOptions, string> Trainings => new()
    {
        { LeNet(), "LeNet-5" },
        { Transformer(), "the last blocks of a transformer" },
        { AllBlocks(), "a transformer" },
    };

    [Theory, MemberData(nameof(Trainings))]
    public void Many_epochs_leave_no_tensor_and_no_memory_behind(FineTuneOptions options, string name)
    {
        (options.Epoch, options.BatchSize, options.EmaDecay, options.Mixup) = (50, 4, 0.9, 0.2);
        var (train, validation) = (Draw(4), Draw(2, "validation"));
        // Tensors that earlier tests have left would be finalized during the training.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = Tensor.TotalCount;
        var tensors = new List<long>();
        var residentMegabytes = new List<long>();
        // Nothing is collected during the training: tensors that only a finalizer would release are counted.
        options.EpochProgress = new Callback(_ =>
        {
            tensors.Add(Tensor.TotalCount);
            residentMegabytes.Add(Environment.WorkingSet >> 20);
        });
        Train(options, train, validation);
        Assert.Single(tensors.Distinct());
        Assert.InRange(residentMegabytes[^1] - residentMegabytes[9], -10_000, 60);
        // TorchSharp's count never decreases for the tensors that parameters are made of, in each of two modules.
        var whole = options.Backbone.Build();
        var trained = options.Mode == FineTuneMode.LastLayers ? whole.From(whole.BeforeLastStages(options.Stages).Name) : whole;
        Assert.True(before + 2 * trained.State.Count() == Tensor.TotalCount, name);
    }

    [Theory]
    [InlineData("lenet5")]
    [InlineData("shufflenet_v2_x0_5")]
    [InlineData("tiny_transformer")]
    public void Layers_in_bfloat16_learn_like_those_in_single_precision(string backbone)
    {
        var options = LeNet();
        (options.Preprocessing, options.Epoch, options.LearningRate) = (Tiny, 3, 1e-4);
        options.Backbone = backbone == TinyTransformer.Name ? TinyTransformer : backbone;
        options.UpdateBatchNormStatistics = false;
        var single = Train(options, Draw(8), []).History;
        options.MixedPrecision = true;
        var (network, _, mixed, _) = Train(options, Draw(8), []);
        Assert.NotEqual(single[0].Loss, mixed[0].Loss);
        Close.Equal([.. single.Select(m => (float)m.Loss)], [.. mixed.Select(m => (float)m.Loss)], 0.05, "losses");
        Assert.All(network.Weights.Values, w => Assert.NotEqual(ElementType.BFloat16, w.Type));
    }

    [Fact]
    public void Layers_without_parameters_cannot_be_trained()
    {
        var options = new FineTuneOptions
        {
            Backbone = "squeezenet1_0",
            Weights = "none",
            Preprocessing = Tiny,
            Mode = FineTuneMode.LastLayers,
            From = "classifier.3",
        };
        string message = Assert.Throws<ArgumentException>(() => Train(options, Draw(2), [])).Message;
        Assert.StartsWith("Training from 'classifier.3' on is invalid: no layer with parameters", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_that_is_not_a_class_is_quoted()
    {
        var error = Assert.Throws<ArgumentException>(() => Train(LeNet(), Draw(2), [], classes: 1));
        Assert.StartsWith("A label of 1 is invalid: it must be from 0 to 0.", error.Message, StringComparison.Ordinal);
    }

    private static FineTuneOptions AllBlocks()
    {
        var options = Transformer();
        options.Mode = FineTuneMode.AllLayers;
        return options;
    }

    private List<Example> Draw(int each, string name = "train", int first = 0) => TrainingImages.Draw(_folder, each, name, first);
}
