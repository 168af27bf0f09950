using TransferKit.Backbones;
using TransferKit.Images;
using TransferKit.Training;
using TransferKit.Weights;
using static TorchSharp.torch;

namespace TransferKit.Tests.Featurizers.Training;

public sealed class FineTunerTests : IDisposable
{
    private static readonly Preprocessing Tiny = Preprocessing.ImageNet with { Resize = 40, Crop = 32 };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void LeNet_learns_from_scratch_to_tell_bars_from_discs()
    {
        var train = Drawn(24);
        var tuned = Train(new TrainingOptions { Backbone = "lenet5", Weights = "none", Mode = FineTuneMode.AllLayers, Epoch = 25, BatchSize = 8 }, train, Drawn(8, "validation", first: 100), 2);
        Assert.Equal(25, tuned.History.Count);
        Assert.True(tuned.History[^1].CrossEntropy < 0.5 * tuned.History[0].CrossEntropy, string.Join(" ", tuned.History.Select(m => $"{m.CrossEntropy:g3}")));
        Assert.True(tuned.History[tuned.BestEpoch - 1].ValidationAccuracy >= 0.75);
        Assert.Equal(tuned.History.Max(m => m.ValidationAccuracy), tuned.History[tuned.BestEpoch - 1].ValidationAccuracy);
    }

    [Theory]
    [InlineData(FineTuneMode.LastLayer, null, "classifier.3")]
    [InlineData(FineTuneMode.AddedLayer, null, "added")]
    [InlineData(FineTuneMode.LastLayers, "features.10", "features.10 features.11 features.12 classifier")]
    [InlineData(FineTuneMode.LastLayers, "features.10.block.1", "features.10 features.11 features.12 classifier")]
    [InlineData(FineTuneMode.LastLayers, "classifier", "classifier")]
    [InlineData(FineTuneMode.LastLayers, null, "features.9 features.10 features.11 features.12 classifier")]
    [InlineData(FineTuneMode.AllLayers, null, "features classifier")]
    public void A_mode_trains_what_it_says_and_nothing_else(FineTuneMode mode, string? from, string trained)
    {
        var options = new TrainingOptions { Backbone = "mobilenet_v3_small", Weights = Weights("mobilenet_v3_small"), Preprocessing = Preprocessing.ImageNet with { Resize = 64, Crop = 64 }, Mode = mode, From = from, Epoch = 2, BatchSize = 4 };
        var tuned = Train(options, Drawn(4), [], 2);
        var before = Checkpoint.Read(options.Weights!);
        string[] prefixes = [.. trained.Split(' ').Select(p => p + ".")];
        foreach (var (key, parameter) in tuned.Network.Graph.State.Where(s => !s.Parameter.IsBuffer))
        {
            bool same = before.TryGetValue(key, out var old) && old.Bytes.Span.SequenceEqual(tuned.Network.Weights[key].Bytes.Span);
            Assert.True(same != prefixes.Any(p => key.StartsWith(p, StringComparison.Ordinal)), $"{key} {(same ? "stayed" : "changed")}");
        }
        // Statistics of pretrained weights stay, trained or not.
        Assert.All(tuned.Network.Graph.State.Where(s => s.Parameter.IsBuffer), s => Assert.Equal(before[s.Key].Bytes.ToArray(), tuned.Network.Weights[s.Key].Bytes.ToArray()));
        Assert.Equal(new TransferKit.Graphs.Shape(2), tuned.Network.Graph.Output.Shape);
    }

    [Fact]
    public void Frozen_results_in_a_file_give_what_they_give_in_memory()
    {
        Environment.SetEnvironmentVariable(CacheFolder.Variable, _folder.File("cache"));
        try
        {
            var options = new TrainingOptions { Backbone = "mobilenet_v3_small", Weights = Weights("mobilenet_v3_small"), Preprocessing = Tiny, Epoch = 3, BatchSize = 4, Augmentation = Augmentation.Light, Views = 2 };
            var memory = Train(options, Drawn(4), [], 2);
            options.CacheBytes = 0;
            var file = Train(options, Drawn(4), [], 2);
            Assert.Equal(memory.History.Select(m => m.CrossEntropy), file.History.Select(m => m.CrossEntropy));
            Assert.Empty(Directory.GetFiles(_folder.File("cache"), "*", SearchOption.AllDirectories));
        }
        finally
        {
            Environment.SetEnvironmentVariable(CacheFolder.Variable, null);
        }
    }

    [Fact]
    public void Auxiliary_classifiers_learn_as_well()
    {
        var options = new TrainingOptions { Backbone = "googlenet", Weights = "none", Preprocessing = Tiny, Mode = FineTuneMode.AllLayers, Epoch = 1, BatchSize = 4 };
        var tuned = Train(options, Drawn(2), [], 2);
        var fresh = RandomWeights.For(tuned.Network.Graph, options.Seed);
        Assert.False(fresh["aux1.fc2.weight"].Bytes.Span.SequenceEqual(tuned.Network.Weights["aux1.fc2.weight"].Bytes.Span));
        Assert.Equal([2, 1024], tuned.Network.Weights["aux2.fc2.weight"].Dimensions);
    }

    public static TheoryData<string, Action<TrainingOptions>> Trainings => new()
    {
        { "everything", _ => { } },
        { "frozen first", o => o.FreezeEpochs = 3 },
        { "stochastic gradient descent", o => o.Optimizer = OptimizerKind.Sgd },
        { "a rate that is looked for", o => (o.FindLearningRate, o.BatchSize) = (true, 4) },
        { "patience", o => (o.EarlyStoppingCriteria, o.LearningRate) = (new EarlyStopping(Patience: 2), 1e-9) },
        { "last layer with views", o => (o.Mode, o.Views) = (FineTuneMode.LastLayer, 3) },
        { "from a node on", o => (o.Mode, o.From) = (FineTuneMode.LastLayers, "fc3") },
        { "added layer", o => o.Mode = FineTuneMode.AddedLayer },
        { "statistics that move", o => (o.Backbone, o.Preprocessing) = ("shufflenet_v2_x0_5", Tiny) },
    };

    [Theory, MemberData(nameof(Trainings))]
    public void A_resumed_training_ends_as_an_uninterrupted_one(string name, Action<TrainingOptions> change)
    {
        var options = new TrainingOptions
        {
            Backbone = "lenet5",
            Weights = "none",
            Mode = FineTuneMode.AllLayers,
            Epoch = 6,
            BatchSize = 8,
            Augmentation = Augmentation.Strong,
            Mixup = 0.2,
            EmaDecay = 0.9,
            LabelSmoothing = 0.1,
            BalanceClasses = true,
            WorkspacePath = _folder.File("run"),
        };
        change(options);
        var (train, validation) = (Drawn(8), Drawn(4, "validation", first: 100));
        var whole = Train(options, train, validation, 2);
        File.Delete(options.Checkpoint!);
        options.Resume = true;
        foreach (int stopAfter in Enumerable.Range(2, 4))
        {
            using var stop = new CancellationTokenSource();
            options.EpochProgress = new Callback(m =>
            {
                if (m.Epoch == stopAfter)
                    stop.Cancel();
            });
            FineTuner.Train(options, train, validation, 2, stop.Token);
        }
        // Canceled before it goes on, it gives what it has.
        options.EpochProgress = null;
        using (var stopped = new CancellationTokenSource())
        {
            stopped.Cancel();
            var kept = FineTuner.Train(options, train, validation, 2, stopped.Token);
            Assert.Equal(kept.History, whole.History.Take(kept.History.Count).Select((m, i) => m with { Seconds = kept.History[i].Seconds }));
            Assert.All(TrainingState.Read(options.Checkpoint!).Weights["best"], tensor => Assert.Equal(tensor.Value.Bytes.ToArray(), kept.Network.Weights[tensor.Key].Bytes.ToArray()));
        }
        var resumed = Train(options, train, validation, 2);
        Assert.Equal(whole.History.Select(m => (m.Epoch, m.LearningRate, m.CrossEntropy, m.ValidationCrossEntropy)), resumed.History.Select(m => (m.Epoch, m.LearningRate, m.CrossEntropy, m.ValidationCrossEntropy)));
        Assert.True(whole.BestEpoch == resumed.BestEpoch, name);
        Assert.All(whole.Network.Graph.State, s => Assert.Equal(whole.Network.Weights[s.Key].Bytes.ToArray(), resumed.Network.Weights[s.Key].Bytes.ToArray()));
        options.LayerDecay = 0.5;
        Assert.Contains("is of a training with other settings", Assert.Throws<ArgumentException>(() => Train(options, train, validation, 2)).Message, StringComparison.Ordinal);
        options.LayerDecay = 1;
        Assert.Contains("is of a training with other settings", Assert.Throws<ArgumentException>(() => Train(options, train.AsEnumerable().Reverse().ToList(), validation, 2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_checkpoint_is_named()
    {
        var options = new TrainingOptions { Backbone = "lenet5", Weights = "none", WorkspacePath = _folder.File("run"), Resume = true };
        Directory.CreateDirectory(options.WorkspacePath);
        File.WriteAllText(options.Checkpoint!, "nothing");
        Assert.StartsWith($"'{options.Checkpoint}' is no checkpoint that can be read", Assert.Throws<InvalidDataException>(() => Train(options, Drawn(2), [], 2)).Message, StringComparison.Ordinal);
        Assert.Equal("nothing", File.ReadAllText(options.Checkpoint!));
    }

    [Fact]
    public void A_loss_that_is_no_number_ends_the_training_with_advice()
    {
        var options = new TrainingOptions { Backbone = "lenet5", Weights = "none", Mode = FineTuneMode.AllLayers, LearningRate = 1e30, WarmUpFraction = 0, ClipNorm = 0, Optimizer = OptimizerKind.Sgd, Epoch = 3, BatchSize = 4 };
        Assert.Matches("^The loss is (NaN|Infinity) in epoch 1, at a learning rate of .* Try a highest rate of 1e\\+29, or a longer warm-up", Assert.Throws<TrainingException>(() => Train(options, Drawn(8), [], 2)).Message);
    }

    [Fact]
    public void Patience_ends_a_training_that_does_not_get_better()
    {
        var options = new TrainingOptions { Backbone = "lenet5", Weights = "none", Mode = FineTuneMode.AllLayers, LearningRate = 1e-12, Epoch = 50, EarlyStoppingCriteria = new(Patience: 3), BatchSize = 8 };
        var tuned = Train(options, Drawn(4), Drawn(4, "validation"), 2);
        Assert.True(tuned.History.Count < 50);
        Assert.Equal(3, tuned.History.Count - tuned.BestEpoch);
    }

    [Fact]
    public void A_rate_is_found()
    {
        var options = new TrainingOptions { Backbone = "lenet5", Weights = "none", Mode = FineTuneMode.AllLayers, FindLearningRate = true, LearningRate = 1e-9, Epoch = 2, BatchSize = 8, WarmUpFraction = 0, Schedule = ScheduleKind.Constant };
        Assert.InRange(Train(options, Drawn(16), [], 2).History[0].LearningRate, 1e-5, 0.5);
    }

    [Fact]
    public void Many_epochs_leave_no_tensor_and_no_memory_behind()
    {
        var options = new TrainingOptions { Backbone = "lenet5", Weights = "none", Mode = FineTuneMode.AllLayers, Epoch = 50, BatchSize = 4, EmaDecay = 0.9, Mixup = 0.2 };
        var (train, validation) = (Drawn(4), Drawn(2, "validation"));
        // Earlier tests' leavings would be finalised on the way.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = Tensor.TotalCount;
        var tensors = new List<long>();
        var resident = new List<long>();
        // Nothing is collected on the way: what only a finalizer would release counts.
        options.EpochProgress = new Callback(_ =>
        {
            tensors.Add(Tensor.TotalCount);
            resident.Add(Environment.WorkingSet >> 20);
        });
        Train(options, train, validation, 2);
        Assert.Single(tensors.Distinct());
        Assert.InRange(resident[^1] - resident[9], -10_000, 60);
        // TorchSharp's count never goes down for the tensors that parameters are made of: ten in each of two modules.
        Assert.Equal(before + 20, Tensor.TotalCount);
    }

    [Fact]
    public void Losses_are_PyTorchs()
    {
        using var scope = NewDisposeScope();
        var logits = randn(5, 3);
        int[] labels = [0, 2, 1, 1, 0];
        float[] weights = [0.5f, 2, 1];
        var index = tensor(labels, ScalarType.Int64);
        Example[] examples = [.. labels.Select(l => new Example(default, l))];
        for (double smoothing = 0; smoothing < 0.3; smoothing += 0.1)
            Assert.Equal(nn.functional.cross_entropy(logits, index, label_smoothing: smoothing).item<float>(), Loss(new(examples, 3, smoothing, null, ("logits", 1)), logits), 1e-5f);
        Assert.Equal(nn.functional.cross_entropy(logits, index, weight: tensor(weights)).item<float>(), Loss(new(examples, 3, 0, weights, ("logits", 1)), logits), 1e-5f);
        // GoogLeNet's two auxiliary classifiers count 0.3 each (arXiv:1409.4842).
        var (one, other) = (randn(5, 3), randn(5, 3));
        var auxiliary = Registry.Get("googlenet").Auxiliary;
        Assert.Equal(F(logits) + 0.3f * F(one) + 0.3f * F(other), Loss(new(examples, 3, 0, null, [("logits", 1), .. auxiliary.Select(a => (a.Key, a.Value))]), logits, one, other), 1e-5f);
        Assert.Equal([0.4], Registry.Get("inception_v3").Auxiliary.Values);

        float F(Tensor values) => nn.functional.cross_entropy(values, index).item<float>();
    }

    private static float Loss(Classification objective, params Tensor[] outputs)
    {
        float[] targets = new float[5 * objective.Width];
        for (int i = 0; i < 5; i++)
            objective.Read(i, epoch: 0, targets.AsSpan(i * objective.Width, objective.Width));
        return objective.Loss(outputs, tensor(targets, [5, objective.Width])).item<float>();
    }

    [Theory]
    [InlineData("lenet5")]
    [InlineData("shufflenet_v2_x0_5")]
    public void Layers_in_bfloat16_learn_like_those_in_single_precision(string backbone)
    {
        var options = new TrainingOptions { Backbone = backbone, Weights = "none", Preprocessing = Tiny, Mode = FineTuneMode.AllLayers, Epoch = 3, BatchSize = 8, LearningRate = 1e-4, UpdateStatistics = false };
        var single = Train(options, Drawn(8), [], 2);
        options.MixedPrecision = true;
        var mixed = Train(options, Drawn(8), [], 2);
        Assert.NotEqual(single.History[0].CrossEntropy, mixed.History[0].CrossEntropy);
        Close.Equal([.. single.History.Select(m => (float)m.CrossEntropy)], [.. mixed.History.Select(m => (float)m.CrossEntropy)], 0.05, "losses");
        Assert.All(mixed.Network.Weights.Values, w => Assert.NotEqual(ElementType.BFloat16, w.Type));
    }

    [Fact]
    public void Mixup_blends_each_image_and_its_target_alike_by_a_beta_distribution()
    {
        using var scope = NewDisposeScope();
        var numbers = new Random(4);
        var parts = new List<double>();
        for (int i = 0; i < 2000; i++)
        {
            using var step = NewDisposeScope();
            // Two images that are their own targets: what one lacks, the other has.
            var (x, y) = Targets.Mix(eye(2), eye(2), 0.5, numbers);
            Assert.True(x.equal(y).all().item<bool>());
            parts.Add(x[0, 0].item<float>());
        }
        // Half of the time each is blended with itself; else Beta(1/2, 1/2), whose variance is 1/8.
        double[] blended = [.. parts.Where(p => p < 1)];
        Assert.InRange(blended.Length, 900, 1100);
        Assert.Equal(0.5, blended.Average(), 0.04);
        Assert.Equal(0.125, blended.Average(p => (p - 0.5) * (p - 0.5)), 0.01);
    }

    [Fact]
    public void Balanced_weights_make_classes_equal()
    {
        Example[] examples = [.. Enumerable.Range(0, 4).Select(i => new Example(default, i / 3))];
        Assert.Equal([4f / 6, 2f, 0f], Targets.Balanced(examples, 3));
    }

    public static TheoryData<string, Action<TrainingOptions>> Wrong => new()
    {
        { "0 epochs are impossible", o => o.Epoch = 0 },
        { "A batch of 1 images is impossible", o => o.BatchSize = 1 },
        { "A learning rate of -1 is impossible", o => o.LearningRate = -1 },
        { "The node 'features.9' to train from goes with the mode LastLayers, not with LastLayer.", o => o.From = "features.9" },
        { "Unknown node 'features.99'", o => (o.Mode, o.From) = (FineTuneMode.LastLayers, "features.99") },
        { "20 of 20 epochs with frozen layers are impossible", o => (o.Mode, o.FreezeEpochs) = (FineTuneMode.AllLayers, 20) },
        { "To resume, the workspace that holds the state is needed", o => o.Resume = true },
        { "3 epochs with frozen layers go with the modes LastLayers and AllLayers, not with LastLayer.", o => o.FreezeEpochs = 3 },
        { "9 stages are invalid", o => (o.Mode, o.Stages) = (FineTuneMode.LastLayers, 9) },
        { "A stage rate of 2 is impossible", o => o.LayerDecay = 2 },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void Impossible_settings_are_quoted(string message, Action<TrainingOptions> change)
    {
        var options = new TrainingOptions();
        change(options);
        Assert.StartsWith(message, Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Patience_needs_validation_images_and_a_trained_part_parameters()
    {
        var options = new TrainingOptions { Backbone = "squeezenet1_0", Weights = "none", Preprocessing = Tiny, EarlyStoppingCriteria = new(Patience: 2) };
        Assert.StartsWith("A patience of 2 epochs needs validation images", Assert.Throws<ArgumentException>(() => Train(options, Drawn(2), [], 2)).Message, StringComparison.Ordinal);
        (options.EarlyStoppingCriteria, options.Mode, options.From) = (null, FineTuneMode.LastLayers, "classifier.3");
        Assert.StartsWith("From 'classifier.3' on there is nothing to train", Assert.Throws<ArgumentException>(() => Train(options, Drawn(2), [], 2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_that_is_no_class_is_quoted() =>
        Assert.StartsWith("The label 1 is none of the 1 classes", Assert.Throws<ArgumentException>(() => Train(new TrainingOptions { Backbone = "lenet5", Weights = "none" }, Drawn(2), [], 1)).Message, StringComparison.Ordinal);

    private static TrainedNetwork Train(TrainingOptions options, IReadOnlyList<Example> train, IReadOnlyList<Example> validation, int classes) =>
        FineTuner.Train(options, train, validation, classes, TestContext.Current.CancellationToken);

    private List<Example> Drawn(int each, string name = "train", int first = 0) =>
        [.. Directory.GetFiles(Drawings.Folder(_folder, each, name, first), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(f => new Example(new ImageSource(f), f.Contains("discs", StringComparison.Ordinal) ? 1 : 0))];

    // Some weights as a file, so that they are not taken for a training from scratch.
    private string Weights(string backbone)
    {
        var graph = Registry.Get(backbone).Build();
        string path = _folder.File(backbone + ".safetensors");
        Safetensors.Write(path, Backbones.Zoo.Read(backbone).Fill(graph));
        return path;
    }
}
