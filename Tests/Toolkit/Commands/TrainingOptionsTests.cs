using System.CommandLine;
using TransferKit.Detection;
using TransferKit.Images;
using TransferKit.Pipelines.Classifying;
using TransferKit.Pipelines.Detecting;
using TransferKit.Toolkit;
using TransferKit.Toolkit.Commands;
using TransferKit.Training;

namespace TransferKit.Tests.Toolkit.Commands;

/// <summary>The options of the commands that train, without training.</summary>
public class TrainingOptionsTests
{
    private static readonly CommandOutput Output = new(TextWriter.Null, TextWriter.Null, json: false);

    [Fact]
    public void Without_options_a_command_trains_as_the_library_does()
    {
        AssertSame(new FineTuneOptions(), FineTuning());
        AssertSame(new DistillationOptions(), Distillation());
        AssertSame(new DetectionOptions(), Detection());

        static void AssertSame(TrainingOptions expected, TrainingOptions actual)
        {
            foreach (var property in expected.GetType().GetProperties().Where(p => !Observes(p.Name)))
                Assert.True(Equals(property.GetValue(expected), property.GetValue(actual)), property.Name);
        }

        static bool Observes(string name) =>
            name.EndsWith("Progress", StringComparison.Ordinal) || name.EndsWith("Callback", StringComparison.Ordinal);
    }

    [Fact]
    public void Augmentation_can_be_switched_off_in_each_command()
    {
        Assert.True(FineTuning("--augment", "none").Augmentation.IsNone);
        Assert.True(Distillation("--augment", "none").Augmentation.IsNone);
        Assert.True(Detection("--augment", "none").Augmentation.IsNone);
        Assert.Equal(Augmentation.Strong, FineTuning("--augment", "strong").Augmentation);
        Assert.Equal(DetectionOptions.WithoutCrops(Augmentation.Strong), Detection("--augment", "strong").Augmentation);
        Assert.False(Detection("--augment", "light").Augmentation.IsNone);
    }

    [Fact]
    public void A_command_offers_only_options_of_its_task()
    {
        string[] classification = ["--mode", "--from", "--stages", "--freeze-epochs", "--drop-path", "--label-smoothing", "--balance"];
        string[] fixedSize = ["--mixup", "--views"];
        Assert.Empty(Command(new TrainingArguments().AddTo).Options.Select(o => o.Name).Intersect(["--temperature", "--scale-jitter"]));
        Assert.Empty(Command(new DistillationArguments().AddTo).Options.Select(o => o.Name).Intersect(classification));
        Assert.Empty(Command(new DetectionArguments().AddTo).Options.Select(o => o.Name).Intersect([.. classification, .. fixedSize]));
    }

    private static FineTuneImagesEstimator.Options FineTuning(params string[] arguments)
    {
        var options = new TrainingArguments();
        return options.Read(Command(options.AddTo).Parse(arguments), Output);
    }

    private static DistillationOptions Distillation(params string[] arguments)
    {
        var options = new DistillationArguments();
        return options.Read(Command(options.AddTo).Parse(arguments), Output);
    }

    private static FineTuneDetectorEstimator.Options Detection(params string[] arguments)
    {
        var options = new DetectionArguments();
        return options.Read(Command(options.AddTo).Parse(arguments), Output);
    }

    private static Command Command(Action<Command> addOptions)
    {
        var command = new Command("train");
        addOptions(command);
        return command;
    }
}
