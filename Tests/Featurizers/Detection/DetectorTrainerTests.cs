using TransferKit.Detection;
using TransferKit.Images;
using TransferKit.Tests.Featurizers.Training;
using TransferKit.Weights;
using static TorchSharp.torch;

namespace TransferKit.Tests.Featurizers.Detection;

public sealed class DetectorTrainerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_learned_is_found_again()
    {
        DetectionExample[] examples = BrightSquares.Draw(..8), validation = examples[..2];
        var options = BrightSquares.Options<DetectionOptions>();
        (options.Epoch, options.LearningRate) = (20, 2e-3);
        var trained = DetectorTrainer.Train(options, examples, validation, 2, TestContext.Current.CancellationToken);
        Assert.True(trained.History[^1].CrossEntropy < 0.7 * trained.History[0].CrossEntropy, $"{trained.History}");
        // In Torch while it was trained, and in ONNX Runtime now.
        using var detector = new ObjectDetector(trained.Detector, trained.Weights);
        var evaluation = new CocoEvaluation([.. validation.Select(e => (detector.Detect(e.Image.Decode()), e.GroundTruth))]);
        Assert.True(evaluation.AveragePrecision([0.5]) > 0.5, $"{evaluation.AveragePrecision([0.5])}");
        Assert.Equal(trained.History[trained.BestEpoch - 1].ValidationAccuracy!.Value, evaluation.AveragePrecision([0.5]), 0.05);
    }

    [Fact]
    public void The_same_seed_gives_the_same_detector_interrupted_or_not()
    {
        var examples = BrightSquares.Draw(..6);
        var options = BrightSquares.Options<DetectionOptions>();
        var whole = DetectorTrainer.Train(options, examples, [], 2, TestContext.Current.CancellationToken);
        (options.WorkspacePath, options.Resume) = (_folder.File("run"), true);
        using (var stop = new CancellationTokenSource())
        {
            options.EpochProgress = new Callback(_ => stop.Cancel());
            DetectorTrainer.Train(options, examples, [], 2, stop.Token);
        }
        options.EpochProgress = null;
        var resumed = DetectorTrainer.Train(options, examples, [], 2, TestContext.Current.CancellationToken);
        Assert.Equal(whole.History.Select(m => m.CrossEntropy), resumed.History.Select(m => m.CrossEntropy));
        Assert.All(whole.Weights, w => Assert.Equal(w.Value.Bytes.ToArray(), resumed.Weights[w.Key].Bytes.ToArray()));
        options.ScaleJitter = 0.1;
        Assert.Contains("is of a training with other settings", Assert.Throws<ArgumentException>(() => DetectorTrainer.Train(options, examples, [], 2, TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Frozen_stages_stay_and_no_tensor_is_left()
    {
        var options = BrightSquares.Options<DetectionOptions>();
        (options.FrozenStages, options.Epoch) = (2, 4);
        var tensors = new List<long>();
        options.EpochProgress = new Callback(_ => tensors.Add(Tensor.TotalCount));
        var trained = DetectorTrainer.Train(options, BrightSquares.Draw(..4), BrightSquares.Draw(..2), 2, TestContext.Current.CancellationToken);
        Assert.Single(tensors.Distinct());
        using var start = DetectorWeights.Initialize(options.Architecture(), options.Weights, 2, options.Seed, null);
        Assert.Equal(start["backbone.body.conv1.0.weight"].Bytes.ToArray(), trained.Weights["backbone.body.conv1.0.weight"].Bytes.ToArray());
        Assert.NotEqual(start["backbone.body.conv5.0.weight"].Bytes.ToArray(), trained.Weights["backbone.body.conv5.0.weight"].Bytes.ToArray());
    }

    [Theory]
    [InlineData(10, 10, 5, 20, 1, "the box (10, 10) to (5, 20) is inverted")]
    [InlineData(10, 10, 10, 20, 1, "the box (10, 10) to (10, 20) is empty")]
    [InlineData(10, 10, 20, 200, 1, "the box (10, 10) to (20, 200) reaches out of the image of 64 x 64 pixels")]
    [InlineData(float.NaN, 10, 20, 20, 1, "the box (NaN, 10) to (20, 20) is empty")]
    [InlineData(10, 10, 20, 20, 2, "has the label 2, which is none of 1 to 1")]
    public void Bad_boxes_are_named(float left, float top, float right, float bottom, int label, string message)
    {
        DetectionExample[] examples = [BrightSquares.Draw(0), new(BrightSquares.Draw(0).Image, [new(new(left, top, right, bottom), label)])];
        var error = Assert.Throws<ArgumentException>(() => DetectorTrainer.Train(BrightSquares.Options<DetectionOptions>(), examples, [], 2, TestContext.Current.CancellationToken));
        Assert.Contains("image 2: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_without_things_and_with_thousands_are_learned_from()
    {
        var picture = BrightSquares.Draw(0).Image;
        LabeledBox[] many = [.. Enumerable.Range(0, 10_000).Select(i => new LabeledBox(new(i % 60, i / 60 % 60, i % 60 + 3, i / 60 % 60 + 3), 1))];
        var options = BrightSquares.Options<DetectionOptions>();
        options.Epoch = 1;
        var trained = DetectorTrainer.Train(options, [new(picture, []), new(picture, []), new(picture, many)], [], 2, TestContext.Current.CancellationToken);
        Assert.True(double.IsFinite(trained.History[0].CrossEntropy));
    }

    [Fact]
    public void Weights_that_are_no_numbers_find_nothing()
    {
        var detector = BrightSquares.Options<DetectionOptions>().Architecture();
        using var weights = RandomWeights.For(detector.Build(64, 64, 2));
        foreach (string key in weights.Keys.Where(k => k.EndsWith("weight", StringComparison.Ordinal)).ToArray())
            weights[key] = TensorData.Untrained([.. weights[key].Dimensions]);
        using var broken = new ObjectDetector(detector, weights);
        Assert.Empty(broken.Detect(BrightSquares.Draw(0).Image.Decode()));
    }

    [Fact]
    public void The_smallest_image_is_looked_at()
    {
        var detector = BrightSquares.Options<DetectionOptions>().Architecture();
        using var weights = RandomWeights.For(detector.Build(64, 64, 2));
        using var fresh = new ObjectDetector(detector, weights);
        Assert.All(fresh.Detect(new Picture(1, 1, new byte[4])), d => Assert.InRange(d.Box.Right, 0, 1));
        Assert.All(fresh.Detect(new Picture(300, 1, new byte[1200])), d => Assert.InRange(d.Box.Bottom, 0, 1));
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < 20; i++)
            fresh.Detect(BrightSquares.Draw(0).Image.Decode());
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 4 << 20);
    }
}
