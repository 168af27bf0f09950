using TransferKit.Images;
using TransferKit.Training;
using static TransferKit.Tests.Featurizers.Training.TrainingImages;

namespace TransferKit.Tests.Featurizers.Training;

public sealed class TrainingLoopTests : IDisposable
{
    private const string OtherSettings = "is of a training with other settings (";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, Action<FineTuneOptions>> Trainings => new()
    {
        { "all layers", _ => { } },
        { "frozen first", o => o.FreezeEpochs = 3 },
        { "stochastic gradient descent", o => o.Optimizer = OptimizerKind.Sgd },
        { "search for a learning rate", o => (o.FindLearningRate, o.BatchSize) = (true, 4) },
        { "early stopping", o => (o.EarlyStoppingCriteria, o.LearningRate) = (new EarlyStopping(Patience: 2), 1e-9) },
        { "last layer with views", o => (o.Mode, o.Views) = (FineTuneMode.LastLayer, 3) },
        { "last layers", o => (o.Mode, o.From) = (FineTuneMode.LastLayers, "fc3") },
        { "added layer", o => o.Mode = FineTuneMode.AddedLayer },
        { "last blocks of a transformer",
            o => (o.Backbone, o.Mode, o.Stages, o.DropPath) = (TinyTransformer, FineTuneMode.LastLayers, 2, 0.1) },
        { "batch normalization statistics", o => (o.Backbone, o.Preprocessing) = ("shufflenet_v2_x0_5", Tiny) },
    };

    [Theory, MemberData(nameof(Trainings))]
    public void A_resumed_training_ends_like_an_uninterrupted_one(string name, Action<FineTuneOptions> change)
    {
        var options = Options();
        change(options);
        var (train, validation) = (Draw(_folder, 8), Draw(_folder, 4, "validation", first: 100));
        var whole = Train(options, train, validation);
        File.Delete(options.Checkpoint!);
        options.Resume = true;
        foreach (int lastEpoch in Enumerable.Range(2, 4))
        {
            CancelAfter(lastEpoch, options, train, validation);
            // Canceled before its next epoch, a resumed training returns the best epoch so far.
            using var canceled = new CancellationTokenSource();
            canceled.Cancel();
            var kept = FineTuner.Train(options, train, validation, 2, canceled.Token);
            Assert.Equal(WithoutSeconds(whole.History.Take(kept.History.Count)), WithoutSeconds(kept.History));
            Assert.All(TrainingState.Read(options.Checkpoint!).Weights["best"],
                tensor => Assert.Equal(tensor.Value.Bytes.ToArray(), kept.Network.Weights[tensor.Key].Bytes.ToArray()));
        }
        var resumed = Train(options, train, validation);
        Assert.Equal(WithoutSeconds(whole.History), WithoutSeconds(resumed.History));
        Assert.True(whole.BestEpoch == resumed.BestEpoch, name);
        Assert.All(whole.Network.Graph.State,
            s => Assert.Equal(whole.Network.Weights[s.Key].Bytes.ToArray(), resumed.Network.Weights[s.Key].Bytes.ToArray()));
    }

    [Fact]
    public void A_checkpoint_is_resumed_only_with_the_same_settings_and_images()
    {
        var options = Options();
        (options.Epoch, options.Resume) = (1, true);
        var (train, validation) = (Draw(_folder, 8), Draw(_folder, 4, "validation", first: 100));
        Train(options, train, validation);
        options.LayerDecay = 0.5;
        Assert.Contains(OtherSettings + "LayerDecay: 1, now 0.5).", Refusal(train), StringComparison.Ordinal);
        options.LayerDecay = 1;
        List<Example> reversed = [.. train.AsEnumerable().Reverse()];
        Assert.Contains(OtherSettings + "hash of the images: ", Refusal(reversed), StringComparison.Ordinal);
        Train(options, train, validation);

        string Refusal(List<Example> images) => Assert.Throws<ResumeException>(() => Train(options, images, validation)).Message;
    }

    /// <summary>Without a schedule, a finished training that is given more epochs ends like one that had them from the start.</summary>
    [Fact]
    public void A_training_is_resumed_with_more_epochs_and_not_with_fewer()
    {
        var options = Options();
        (options.Epoch, options.Schedule, options.WarmUpFraction) = (4, ScheduleKind.Constant, 0);
        var (train, validation) = (Draw(_folder, 8), Draw(_folder, 4, "validation", first: 100));
        var whole = Train(options, train, validation);
        File.Delete(options.Checkpoint!);
        (options.Epoch, options.Resume) = (2, true);
        Train(options, train, validation);
        (options.Epoch, options.EarlyStoppingCriteria) = (4, new EarlyStopping(Patience: 9));
        Assert.Equal(WithoutSeconds(whole.History), WithoutSeconds(Train(options, train, validation).History));
        options.Epoch = 3;
        string message = Assert.Throws<ResumeException>(() => Train(options, train, validation)).Message;
        Assert.Contains(OtherSettings + "Epoch: 4, now 3).", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_a_checkpoint_is_named()
    {
        var options = LeNet();
        (options.WorkspacePath, options.Resume) = (_folder.File("run"), true);
        Directory.CreateDirectory(options.WorkspacePath);
        File.WriteAllText(options.Checkpoint!, "nothing");
        string message = Assert.Throws<InvalidDataException>(() => Train(options, Draw(_folder, 2), [])).Message;
        Assert.StartsWith($"The checkpoint '{options.Checkpoint}' cannot be read", message, StringComparison.Ordinal);
        Assert.Equal("nothing", File.ReadAllText(options.Checkpoint!));
    }

    [Fact]
    public void Epochs_are_compared_by_the_metric_and_then_by_the_loss_or_by_the_loss_alone()
    {
        EpochSelection byMetric = new("AP50"), byLoss = new("AP50", ByLoss: true);
        EpochMetrics first = Epoch(0.5, loss: 1), higherMetric = Epoch(0.6, loss: 2), lowerLoss = Epoch(0.5, loss: 0.9);
        Assert.True(byMetric.IsBetter(higherMetric, first));
        Assert.True(byMetric.IsBetter(lowerLoss, first));
        Assert.False(byMetric.IsBetter(first, higherMetric));
        Assert.False(byMetric.IsBetter(first, first));
        Assert.True(byLoss.IsBetter(lowerLoss, higherMetric));
        Assert.False(byLoss.IsBetter(higherMetric, first));
        // Without validation images, the last epoch is the best.
        var withoutValidation = new EpochMetrics("all layers", 1, LearningRate: 0.1, Loss: 4, ValidationLoss: null, Seconds: 1);
        Assert.True(byMetric.IsBetter(withoutValidation with { Epoch = 2, Loss = 5 }, withoutValidation));

        static EpochMetrics Epoch(double metric, double loss) =>
            new("all layers", 1, 0.1, 1, loss, 1) { ValidationMetrics = new Dictionary<string, double> { ["AP50"] = metric } };
    }

    private FineTuneOptions Options()
    {
        var options = LeNet();
        (options.Epoch, options.Augmentation, options.Mixup, options.EmaDecay) = (6, Augmentation.Strong, 0.2, 0.9);
        (options.LabelSmoothing, options.BalanceClasses, options.WorkspacePath) = (0.1, true, _folder.File("run"));
        return options;
    }

    private static void CancelAfter(int lastEpoch, FineTuneOptions options, List<Example> train, List<Example> validation)
    {
        using var cancellation = new CancellationTokenSource();
        options.EpochProgress = new Callback(m =>
        {
            if (m.Epoch == lastEpoch)
                cancellation.Cancel();
        });
        FineTuner.Train(options, train, validation, 2, cancellation.Token);
        options.EpochProgress = null;
    }

    private static IEnumerable<EpochMetrics> WithoutSeconds(IEnumerable<EpochMetrics> history) =>
        history.Select(m => m with { Seconds = 0 });
}
