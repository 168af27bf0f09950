using Microsoft.ML;
using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Engines.Quantization;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Tests.Pipelines.Featurizing;

/// <summary>Features of 8-bit integers in a pipeline: calibrated on the training data, and saved with the model.</summary>
public sealed class Int8FeaturesTests : FeaturizingTest
{
    [Fact]
    public void Features_are_close_to_single_precision_and_saved_with_the_model()
    {
        IntegerInstructions.Require();
        using var single = Fit(Photos, o => o.Backbone = "resnet18");
        using var model = Fit(Photos, o => (o.Backbone, o.Precision) = ("resnet18", Precision.Int8));
        float[][] expected = Features(single.Transform(Photos)), features = Features(model.Transform(Photos));
        Assert.All(expected.Zip(features), pair => Assert.True(Close.Cosine(pair.First, pair.Second) > 0.98));
        Assert.NotEqual(expected, features);
        Context.Model.Save(single, Photos.Schema, Folder.File("fp32.zip"));
        Context.Model.Save(model, Photos.Schema, Folder.File("int8.zip"));
        Assert.True(new FileInfo(Folder.File("int8.zip")).Length < 0.5 * new FileInfo(Folder.File("fp32.zip")).Length);
        Equal(features, Features(new MLContext().Model.Load(Folder.File("int8.zip"), out _).Transform(Photos)), "saved and loaded");
    }

    [Fact]
    public void A_featurizer_calibrates_on_the_images_it_is_given()
    {
        IntegerInstructions.Require();
        var options = Small();
        (options.Backbone, options.Precision) = ("resnet18", Precision.Int8);
        var images = Paths.Select(path => new ImageSource(path)).ToList();
        using ImageFeaturizer first = new(options, images), second = new(options, images);
        Assert.Equal(first.Featurize(images[0]), second.Featurize(images[0]));
        var error = Assert.Throws<ArgumentException>(() => new ImageFeaturizer(options));
        Assert.Contains("There are no calibration images", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Quantized weights share memory with the file's, so the featurizer keeps the file open until it is disposed.</summary>
    [Fact]
    public void The_file_of_the_weights_is_closed_with_the_featurizer()
    {
        IntegerInstructions.Require();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux lists the files that a process has mapped.");
        string weights = Folder.File("net.safetensors");
        Safetensors.Write(weights, RandomWeights.For(Registry.Get("resnet18").Build(), seed: 1));
        var options = Small();
        (options.Backbone, options.Weights, options.Precision) = ("resnet18", weights, Precision.Int8);
        using (new ImageFeaturizer(options, Paths.Select(path => new ImageSource(path))))
            Assert.Contains(weights, File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
        Assert.DoesNotContain(weights, File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
    }

    [Fact]
    public void Invalid_options_are_refused()
    {
        Refused(o => o.CalibrationImages = 0, "0 calibration images are invalid");
        Refused(o => o.Precision = (Precision)7, "The precision 7 is invalid");
        Refused(o => o.CalibrationMethod = (CalibrationMethod)7, "The calibration method 7 is invalid");
        Refused(o => (o.Precision, o.Engine) = (Precision.Int8, EngineKind.Torch), "is for the engine OnnxRuntime on the CPU, not Torch");
        Refused(o => (o.Precision, o.Device) = (Precision.Int8, "cuda"), "on the CPU, not OnnxRuntime on 'cuda'");

        if (Int8Support.IsAvailable)
            Refused(o => o.Precision = Precision.Int8, "The precision Int8 does not suit mobilenet_v2");

        void Refused(Action<FeaturizerOptions> change, string message)
        {
            var options = Small();
            change(options);
            Assert.Contains(message, Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
        }
    }
}
