using System.Text.Json;
using Microsoft.ML;
using TransferKit.Images;
using TransferKit.Maps;

namespace TransferKit.Tests.Pipelines.Saving;

/// <summary>
/// Models that TransferKit 0.1.0 saved load in a plain <see cref="MLContext"/> and predict what they predicted then. The files in
/// Tests/Reference/models were written by the program in make_models.txt there.
/// </summary>
public class EarlierModelsTests
{
    private const double Tolerance = 1e-4;
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Reference", "models");
    private static readonly JsonElement Expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "expected.json"))).RootElement;

    [Theory]
    [InlineData("svm.zip")]
    [InlineData("logistic-bytes.zip")]
    [InlineData("finetuned.zip")]
    public void A_classifier_predicts_the_same(string file)
    {
        using var engine = Engine<Classified>(file, out var model);
        using var loaded = model;
        foreach (var picture in Expected.GetProperty(file).EnumerateObject())
        {
            var predicted = engine.Predict(new Photo(picture.Name));
            Assert.Equal(picture.Value.GetProperty("PredictedLabel").GetString(), predicted.PredictedLabel);
            AssertClose(picture.Value.GetProperty("Score"), predicted.Score);
        }
    }

    [Fact]
    public void A_detector_detects_the_same()
    {
        using var engine = Engine<Detected>("detector.zip", out var model);
        using var loaded = model;
        foreach (var picture in Expected.GetProperty("detector.zip").EnumerateObject())
        {
            var detected = engine.Predict(new Photo(picture.Name));
            Assert.Equal(picture.Value.GetProperty("PredictedLabel").Deserialize<string[]>(), detected.PredictedLabel);
            AssertClose(picture.Value.GetProperty("PredictedBoundingBoxes"), detected.PredictedBoundingBoxes);
            AssertClose(picture.Value.GetProperty("Score"), detected.Score);
        }
    }

    /// <summary>The description of the network in the file is still read, with its names of that time.</summary>
    [Theory]
    [InlineData("svm.zip")]
    [InlineData("finetuned.zip")]
    public void A_classifier_is_explained(string file)
    {
        var model = new MLContext().Model.Load(Path.Combine(Folder, file), out _);
        using var loaded = (IDisposable)model;
        var image = new ImageSource(Path.Combine(Folder, "disc.png"));
        var explanation = model.Explain(image, options: new MapOptions { Method = MapMethod.EigenCam });
        Assert.Equal(Expected.GetProperty(file).GetProperty("disc.png").GetProperty("PredictedLabel").GetString(), explanation.Label);
    }

    private static PredictionEngine<Photo, T> Engine<T>(string file, out IDisposable model) where T : class, new()
    {
        var context = new MLContext();
        var loaded = context.Model.Load(Path.Combine(Folder, file), out _);
        model = (IDisposable)loaded;
        return context.Model.CreatePredictionEngine<Photo, T>(loaded);
    }

    private static void AssertClose(JsonElement expected, float[] actual)
    {
        float[] values = expected.Deserialize<float[]>()!;
        Assert.Equal(values.Length, actual.Length);
        Assert.All(values.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, Tolerance * Math.Max(1, Math.Abs(pair.First))));
    }

    /// <summary>A picture as each of the models takes it: by its path or by its bytes.</summary>
    private sealed class Photo(string name)
    {
        public string ImagePath { get; } = Path.Combine(Folder, name);

        public byte[] Image => File.ReadAllBytes(ImagePath);

        public string Label { get; } = "";
    }

    private sealed class Classified
    {
        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];
    }

    private sealed class Detected
    {
        public string[] PredictedLabel { get; set; } = [];

        public float[] PredictedBoundingBoxes { get; set; } = [];

        public float[] Score { get; set; } = [];
    }
}
