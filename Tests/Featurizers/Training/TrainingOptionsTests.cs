using TransferKit.Detection;
using TransferKit.Images;
using TransferKit.Tests.Featurizers.Detection;
using TransferKit.Training;
using static TransferKit.Tests.Featurizers.Training.TrainingImages;

namespace TransferKit.Tests.Featurizers.Training;

public sealed class TrainingOptionsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, Action<FineTuneOptions>> InvalidFineTuning => new()
    {
        { "0 epochs are invalid: there must be at least 1", o => o.Epoch = 0 },
        { "A batch size of 1 is invalid: it must be at least 2", o => o.BatchSize = 1 },
        { "A learning rate of -1 is invalid: it must be above 0", o => o.LearningRate = -1 },
        { "Training from the node 'conv9' on is invalid with the mode LastLayer: set the mode LastLayers.", o => o.From = "conv9" },
        { "Unknown node 'features.99'", o => (o.Mode, o.From) = (FineTuneMode.LastLayers, "features.99") },
        { "20 epochs with frozen layers are invalid", o => (o.Mode, o.FreezeEpochs) = (FineTuneMode.AllLayers, 20) },
        { "Resuming needs a checkpoint: set WorkspacePath", o => o.Resume = true },
        { "3 epochs with frozen layers are invalid with the mode LastLayer: set the mode LastLayers or ", o => o.FreezeEpochs = 3 },
        { "The number of stages 9 is invalid", o => (o.Mode, o.Stages) = (FineTuneMode.LastLayers, 9) },
        { "The number of stages 5 is invalid: it must be from 1 to 4 for this network.",
            o => (o.Backbone, o.Mode, o.Stages) = (TinyTransformer, FineTuneMode.LastLayers, 5) },
        { "A drop path rate of 1 is invalid: it must be from 0 to below 1", o => (o.Mode, o.DropPath) = (FineTuneMode.AllLayers, 1) },
        { "A drop path rate of 0.1 is invalid with the mode LastLayer: set the mode LastLayers or AllLayers.", o => o.DropPath = 0.1 },
        { "Drop path needs residual blocks, and the network has none.",
            o => (o.Backbone, o.Mode, o.DropPath) = ("vgg11", FineTuneMode.AllLayers, 0.1) },
        { "A layer decay of 2 is invalid: it must be above 0 and at most 1", o => o.LayerDecay = 2 },
        { "The optimizer '7' is invalid: it must be one of AdamW, Sgd.", o => o.Optimizer = (OptimizerKind)7 },
        { "A patience of 0 epochs is invalid: it must be at least 1", o => o.EarlyStoppingCriteria = new(Patience: 0) },
        { "A mixup of 3 is invalid: it must be from 0 to 2", o => o.Mixup = 3 },
    };

    [Theory, MemberData(nameof(InvalidFineTuning))]
    public void Invalid_options_of_fine_tuning_are_quoted(string message, Action<FineTuneOptions> change) =>
        AssertInvalid(message, change, new FineTuneOptions());

    public static TheoryData<string, Action<DistillationOptions>> InvalidDistillation => new()
    {
        { "An input size of 8 pixels is invalid: it must be at least 32", o => o.Size = 8 },
        { "A teacher's input size of 8 pixels is invalid: it must be at least 32", o => o.TeacherSize = 8 },
        { "A temperature of 0 is invalid: it must be above 0", o => o.Temperature = 0 },
        { "A feature weight of -1 is invalid: it must be at least 0", o => o.FeatureWeight = -1 },
        { "Unknown backbone 'mobilenet'", o => o.Teacher = "mobilenet" },
    };

    [Theory, MemberData(nameof(InvalidDistillation))]
    public void Invalid_options_of_distillation_are_quoted(string message, Action<DistillationOptions> change) =>
        AssertInvalid(message, change, new DistillationOptions());

    public static TheoryData<string, Action<DetectionOptions>> InvalidDetection => new()
    {
        { "A minimum size of 16 pixels is invalid: it must be at least 32", o => o.MinSize = 16 },
        { "A maximum size of 300 pixels is invalid: it must be at least the minimum size of 320.", o => o.MaxSize = 300 },
        { "A scale jitter of 1 is invalid: it must be at least 0 and below 1", o => o.ScaleJitter = 1 },
        { "4 frozen stages are invalid: this detector has 0 to 3", o => o.FrozenStages = 4 },
        { "0 anchors per image are invalid: there must be at least 1", o => o.AnchorsPerImage = 0 },
        { "0 proposals per image are invalid: there must be at least 1", o => o.ProposalsPerImage = 0 },
        { "An augmentation that crops, rotates, erases", o => o.Augmentation = Augmentation.Light },
    };

    [Theory, MemberData(nameof(InvalidDetection))]
    public void Invalid_options_of_detection_are_quoted(string message, Action<DetectionOptions> change) =>
        AssertInvalid(message, change, new DetectionOptions());

    [Fact]
    public void Validation_changes_nothing()
    {
        TrainingOptions[] all = [new FineTuneOptions(), new DistillationOptions { Size = 64 }, new DetectionOptions()];
        foreach (var options in all)
        {
            var properties = options.GetType().GetProperties();
            object?[] before = [.. properties.Select(p => p.GetValue(options))];
            options.Validate();
            Assert.Equal(before, properties.Select(p => p.GetValue(options)));
        }
    }

    [Fact]
    public void Every_training_refuses_early_stopping_without_validation_images_and_too_few_images()
    {
        const string EarlyStopping = "Early stopping with a patience of 2 epochs is invalid without validation images";
        const string TooFew = "Training needs at least 2 images, and there are 1, besides 0 for validation";
        var images = Draw(_folder, 2);
        var boxes = BrightSquares.Draw(..2);
        FineTuneOptions fineTuning = LeNet();
        var detection = BrightSquares.Options<DetectionOptions>();
        var distillation = new DistillationOptions { Backbone = "lenet5", Teacher = "lenet5", Size = 32 };

        Assert.StartsWith(TooFew, Refusal(() => FineTuner.Train(fineTuning, images[..1], [], 2)), StringComparison.Ordinal);
        Assert.StartsWith(TooFew, Refusal(() => DetectorTrainer.Train(detection, boxes[..1], [], 2)), StringComparison.Ordinal);
        Assert.StartsWith(TooFew, Refusal(() => Distiller.Distill(distillation, [images[0].Image], [])), StringComparison.Ordinal);
        foreach (TrainingOptions options in new TrainingOptions[] { fineTuning, detection, distillation })
            options.EarlyStoppingCriteria = new(Patience: 2);
        Assert.StartsWith(EarlyStopping, Refusal(() => FineTuner.Train(fineTuning, images, [], 2)), StringComparison.Ordinal);
        Assert.StartsWith(EarlyStopping, Refusal(() => DetectorTrainer.Train(detection, boxes, [], 2)), StringComparison.Ordinal);
        Assert.StartsWith(EarlyStopping, Refusal(() => Distiller.Distill(distillation, [.. images.Select(i => i.Image)], [])),
            StringComparison.Ordinal);
    }

    private static void AssertInvalid<T>(string message, Action<T> change, T options) where T : TrainingOptions
    {
        string refusal = Refusal(() =>
        {
            change(options);
            options.Validate();
        });
        Assert.StartsWith(message, refusal, StringComparison.Ordinal);
    }

    private static string Refusal(Action action) => Assert.ThrowsAny<ArgumentException>(action).Message;
}
