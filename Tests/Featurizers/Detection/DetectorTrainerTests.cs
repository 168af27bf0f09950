using TransferKit.Detection;
using TransferKit.Images;
using TransferKit.Tests.Featurizers.Training;
using TransferKit.Training;
using TransferKit.Weights;
using static TorchSharp.torch;

namespace TransferKit.Tests.Featurizers.Detection;

public sealed class DetectorTrainerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_trained_detector_detects_its_objects()
    {
        DetectionExample[] examples = BrightSquares.Draw(..8), validation = examples[..2];
        var options = BrightSquares.Options<DetectionOptions>();
        (options.Epoch, options.LearningRate) = (20, 2e-3);
        var trained = Train(options, examples, validation);
        Assert.True(trained.History[^1].Loss < 0.7 * trained.History[0].Loss, $"{trained.History}");
        // Training evaluates in Torch; the detector runs in ONNX Runtime.
        using var detector = new ObjectDetector(trained.Detector, trained.Weights, [BrightSquares.Label]);
        var evaluation = new CocoEvaluation([.. validation.Select(e => (detector.Detect(e.Image.Decode()), e.GroundTruth))]);
        double precision = evaluation.AveragePrecision([0.5]);
        Assert.True(precision > 0.5, $"{precision}");
        Assert.Equal(trained.History[trained.BestEpoch - 1].ValidationMetrics["AP50"], precision, 0.05);
        Assert.Equal(["proposal accuracy", "AP50"], trained.History.MetricNames);
    }

    [Fact]
    public void The_same_seed_gives_the_same_detector_interrupted_or_not()
    {
        var examples = BrightSquares.Draw(..6);
        var options = BrightSquares.Options<DetectionOptions>();
        var whole = Train(options, examples, []);
        (options.WorkspacePath, options.Resume) = (_folder.File("run"), true);
        using (var cancellation = new CancellationTokenSource())
        {
            options.EpochProgress = new Callback(_ => cancellation.Cancel());
            DetectorTrainer.Train(options, examples, [], 2, cancellation.Token);
        }
        options.EpochProgress = null;
        var resumed = Train(options, examples, []);
        Assert.Equal(whole.History.Select(m => m.Loss), resumed.History.Select(m => m.Loss));
        Assert.All(whole.Weights, w => Assert.Equal(w.Value.Bytes.ToArray(), resumed.Weights[w.Key].Bytes.ToArray()));
        options.ScaleJitter = 0.1;
        string message = Assert.Throws<ResumeException>(() => Train(options, examples, [])).Message;
        Assert.Contains("is of a training with other settings (ScaleJitter: 0, now 0.1).", message, StringComparison.Ordinal);
        options.ScaleJitter = 0;
        examples[0] = new(examples[0].Image, []);
        message = Assert.Throws<ResumeException>(() => Train(options, examples, [])).Message;
        Assert.Contains("is of a training with other settings (boxes: ", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Frozen_stages_stay_and_no_tensor_is_left()
    {
        var options = BrightSquares.Options<DetectionOptions>();
        (options.FrozenStages, options.Epoch) = (2, 3);
        var tensors = new List<long>();
        options.EpochProgress = new Callback(_ => tensors.Add(Tensor.TotalCount));
        var trained = Train(options, BrightSquares.Draw(..4), BrightSquares.Draw(..2));
        Assert.Single(tensors.Distinct());
        const string FrozenKey = "backbone.body.conv1.0.weight", TrainedKey = "backbone.body.conv5.0.weight";
        using var initial = DetectorWeights.Initialize(options.Architecture(), options.Weights, 2, options.Seed, null);
        Assert.Equal(initial[FrozenKey].Bytes.ToArray(), trained.Weights[FrozenKey].Bytes.ToArray());
        Assert.NotEqual(initial[TrainedKey].Bytes.ToArray(), trained.Weights[TrainedKey].Bytes.ToArray());
    }

    [Fact]
    public void A_learning_rate_is_found()
    {
        var options = BrightSquares.Options<DetectionOptions>();
        (options.FindLearningRate, options.Epoch, options.WarmUpFraction) = (true, 1, 0);
        options.Schedule = TransferKit.Training.ScheduleKind.Constant;
        Assert.InRange(Train(options, BrightSquares.Draw(..8), []).History[0].LearningRate, 1e-5, 0.5);
    }

    [Theory]
    [InlineData(10, 10, 5, 20, 1, "the box (10, 10) to (5, 20) is inverted")]
    [InlineData(10, 10, 10, 20, 1, "the box (10, 10) to (10, 20) is empty")]
    [InlineData(10, 10, 20, 200, 1, "the box (10, 10) to (20, 200) extends beyond the image of 64 x 64 pixels")]
    [InlineData(float.NaN, 10, 20, 20, 1, "the box (NaN, 10) to (20, 20) is empty")]
    [InlineData(10, 10, 20, 20, 2, "has the invalid label 2: it must be from 1 to 1.")]
    public void Invalid_boxes_are_named(float left, float top, float right, float bottom, int label, string message)
    {
        var valid = BrightSquares.Draw(0);
        DetectionExample[] examples = [valid, new(valid.Image, [new(new(left, top, right, bottom), label)])];
        var error = Assert.Throws<ArgumentException>(() => Train(BrightSquares.Options<DetectionOptions>(), examples, []));
        Assert.Contains("image 2: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_without_objects_and_with_thousands_are_trained_on()
    {
        var image = BrightSquares.Draw(0).Image;
        var options = BrightSquares.Options<DetectionOptions>();
        options.Epoch = 1;
        LabeledBox[] thousands = [.. Enumerable.Range(0, 10_000).Select(i => Box(i % 60, i / 60 % 60))];
        var trained = Train(options, [new(image, []), new(image, []), new(image, thousands)], []);
        Assert.True(double.IsFinite(trained.History[0].Loss));

        static LabeledBox Box(int left, int top) => new(new(left, top, left + 3, top + 3), 1);
    }

    [Fact]
    public void Weights_that_are_NaN_detect_nothing()
    {
        var detector = BrightSquares.Options<DetectionOptions>().Architecture();
        using var weights = RandomWeights.For(detector.Build(64, 64, 2));
        foreach (string key in weights.Keys.Where(k => k.EndsWith("weight", StringComparison.Ordinal)).ToArray())
            weights[key] = TensorData.Untrained([.. weights[key].Dimensions]);
        using var broken = new ObjectDetector(detector, weights, [BrightSquares.Label]);
        Assert.Empty(broken.Detect(BrightSquares.Draw(0).Image.Decode()));
    }

    [Fact]
    public void Images_of_one_pixel_are_accepted_and_memory_stays()
    {
        var detector = BrightSquares.Options<DetectionOptions>().Architecture();
        using var weights = RandomWeights.For(detector.Build(64, 64, 2));
        using var untrained = new ObjectDetector(detector, weights, [BrightSquares.Label]);
        Assert.All(untrained.Detect(new Picture(1, 1, new byte[4])), d => Assert.InRange(d.Box.Right, 0, 1));
        Assert.All(untrained.Detect(new Picture(300, 1, new byte[1200])), d => Assert.InRange(d.Box.Bottom, 0, 1));
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < 20; i++)
            untrained.Detect(BrightSquares.Draw(0).Image.Decode());
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 4 << 20);
    }

    private static TrainedDetector Train(DetectionOptions options, DetectionExample[] train, DetectionExample[] validation) =>
        DetectorTrainer.Train(options, train, validation, 2, TestContext.Current.CancellationToken);
}
