using System.Reflection;
using TransferKit.Backbones;
using TransferKit.Detection;
using TransferKit.Images;
using TransferKit.Pipelines.Classifying;
using TransferKit.Pipelines.Detecting;
using TransferKit.Training;

namespace TransferKit.Tests.Featurizers.Training;

public class FingerprintTests
{
    private static readonly TransferKit.Graphs.Graph Graph = Registry.Get("lenet5").Build();

    public static TheoryData<Type> OptionTypes => new(typeof(FineTuneOptions), typeof(DistillationOptions), typeof(DetectionOptions),
        typeof(FineTuneImagesEstimator.Options), typeof(FineTuneDetectorEstimator.Options), typeof(OptionsWithMore));

    [Theory, MemberData(nameof(OptionTypes))]
    public void Every_option_changes_it_or_says_why_not(Type type)
    {
        var unchanged = Describe((TrainingOptions)Activator.CreateInstance(type)!);
        var settable = type.GetProperties().Where(p => p.CanWrite).ToArray();
        Assert.NotEmpty(settable);
        foreach (var property in settable)
        {
            if (property.GetCustomAttribute<NotInFingerprintAttribute>() is { } attribute)
            {
                Assert.NotEmpty(attribute.Reason);
                continue;
            }
            var options = (TrainingOptions)Activator.CreateInstance(type)!;
            property.SetValue(options, OtherValue(property.PropertyType, property.GetValue(options)));
            var changed = Describe(options);
            // More epochs are allowed, fewer are not.
            bool isEpoch = property.Name == nameof(TrainingOptions.Epoch);
            string[] changes = isEpoch ? Fingerprint.Changes(changed, unchanged) : Fingerprint.Changes(unchanged, changed);
            Assert.NotEmpty(changes);
            Assert.All(changes, change => Assert.Matches($"^{property.Name}(: |\\.)", change));
            Assert.True(!isEpoch || Fingerprint.Changes(unchanged, changed) is []);
        }
    }

    [Fact]
    public void Lists_and_records_are_compared_by_their_content()
    {
        FineTuneOptions Options(float mean) => new()
        {
            Preprocessing = Preprocessing.ImageNet with { Mean = [mean, 0.4f, 0.4f] },
            Augmentation = Augmentation.None with { Flip = 0.5 },
        };
        Assert.Empty(Fingerprint.Changes(Describe(Options(0.5f)), Describe(Options(0.5f))));
        Assert.Equal(["Preprocessing.Mean: [0.5, 0.4, 0.4], now [0.6, 0.4, 0.4]"],
            Fingerprint.Changes(Describe(Options(0.5f)), Describe(Options(0.6f))));
    }

    /// <summary>The option came later than the first checkpoints.</summary>
    [Fact]
    public void Checkpoints_without_drop_path_are_resumed_without_it()
    {
        var earlier = Describe(new FineTuneOptions());
        Assert.True(earlier.Remove(nameof(FineTuneOptions.DropPath)));
        Assert.Empty(Fingerprint.Changes(earlier, Describe(new FineTuneOptions())));
        Assert.Equal(["DropPath: nothing, now 0.1"],
            Fingerprint.Changes(earlier, Describe(new FineTuneOptions { DropPath = 0.1 })));
    }

    [Fact]
    public void Another_network_of_the_same_name_is_another_training()
    {
        var wider = Fingerprint.Of(new FineTuneOptions(), Registry.Get("lenet5").Build(classes: 11), [], []);
        string change = Assert.Single(Fingerprint.Changes(Describe(new FineTuneOptions()), wider));
        Assert.StartsWith("hash of the network: ", change, StringComparison.Ordinal);
    }

    [Fact]
    public void An_option_that_cannot_be_compared_is_refused()
    {
        string message = Assert.Throws<NotSupportedException>(() => Describe(new OptionsWithObject { Extra = new() })).Message;
        Assert.Contains("mark it with NotInFingerprintAttribute", message, StringComparison.Ordinal);
    }

    private static SortedDictionary<string, string> Describe(TrainingOptions options) => Fingerprint.Of(options, Graph, [], []);

    private static object OtherValue(Type type, object? value) => (Nullable.GetUnderlyingType(type) ?? type, value) switch
    {
        (_, int number) => number + 1,
        (_, double number) => number + 0.125,
        (_, bool isSet) => !isSet,
        (_, Backbone) => Registry.Get("alexnet"),
        (_, Augmentation augmentation) => augmentation with { Hue = 0.1 },
        (_, Enum) => Enum.GetValues(type).Cast<object>().First(other => !other.Equals(value)),
        (var plain, null) when plain == typeof(int) => 64,
        (var plain, null) when plain == typeof(double) => 0.125,
        (var plain, null) when plain == typeof(bool) => true,
        (var plain, _) when plain == typeof(string) => "other",
        (var plain, null) when plain == typeof(Preprocessing) => Preprocessing.ImageNet,
        (var plain, null) when plain == typeof(EarlyStopping) => new EarlyStopping(),
        _ => throw new NotSupportedException($"Add another value of {type} here."),
    };

    private sealed class OptionsWithMore : FineTuneOptions
    {
        public double Extra { get; set; }
    }

    private sealed class OptionsWithObject : FineTuneOptions
    {
        public object? Extra { get; set; }
    }
}
