using System.Text.Json;
using Microsoft.ML;
using TransferKit.Images;
using TransferKit.Pipelines.Samples;

namespace TransferKit.Tests.Toolkit.Commands;

public sealed class DemoTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Sample_photographs_are_the_same_for_the_same_seed_and_differ_for_another()
    {
        var (code, output, error) = CliTests.Run("sample", _folder.File("one"), "--classes", "3", "--per-class", "2", "--seed", "7", "--json");
        Assert.True(code == 0, error);
        Assert.Equal(6, JsonDocument.Parse(output).RootElement.GetProperty("photos").GetInt32());
        SamplePhotos.Draw(_folder.File("again"), classes: 3, perClass: 2, seed: 7);
        SamplePhotos.Draw(_folder.File("other"), classes: 3, perClass: 2, seed: 8);
        string[] files = [.. ImageFiles.In(_folder.File("one")).Select(f => Path.GetRelativePath(_folder.File("one"), f))];
        Assert.Equal(["daisy/000.jpg", "daisy/001.jpg", "rose/000.jpg", "rose/001.jpg", "sunflower/000.jpg", "sunflower/001.jpg"], files.Select(f => f.Replace('\\', '/')));
        Assert.All(files, f => Assert.Equal(File.ReadAllBytes(Path.Combine(_folder.File("one"), f)), File.ReadAllBytes(Path.Combine(_folder.File("again"), f))));
        Assert.All(files, f => Assert.NotEqual(File.ReadAllBytes(Path.Combine(_folder.File("one"), f)), File.ReadAllBytes(Path.Combine(_folder.File("other"), f))));
        Assert.StartsWith("9 classes are invalid: it must be 2 to 5 (daisy,", Assert.Throws<ArgumentException>(() => SamplePhotos.Draw(_folder.Root, classes: 9)).Message, StringComparison.Ordinal);
        Assert.StartsWith("0 images per class are invalid", Assert.Throws<ArgumentException>(() => SamplePhotos.Draw(_folder.Root, perClass: 0)).Message, StringComparison.Ordinal);
    }

    /// <summary>The photographs are hard: the classifier that does well on features does badly on pixels.</summary>
    [Fact]
    public void Features_tell_flowers_apart_where_pixels_do_not()
    {
        SamplePhotos.Draw(_folder.File("photos"));
        var context = new MLContext(1);
        var (train, test) = context.Data.LoadImagesFromFolder(_folder.File("photos")).Split(testFraction: 0.25, seed: 1);
        double features = Accuracy(context, context.Transforms.FeaturizeImages("Features", "ImagePath"), train, test);
        var (small, seen) = (Pixels(context, train.Images), Pixels(context, test.Images));
        double pixels = Accuracy(context, null, small, seen);
        Assert.True(features >= 0.85, $"features: {features}");
        Assert.True(pixels <= features - 0.3, $"features: {features}, pixels: {pixels}");
    }

    [Fact]
    public void The_demo_trains_saves_loads_and_predicts()
    {
        var (code, output, error) = CliTests.Run("demo", "--out", _folder.File("demo"), "--json");
        Assert.True(code == 0, error);
        var result = JsonDocument.Parse(output).RootElement;
        Assert.Equal((40, "mobilenet_v3_small"), (result.GetProperty("total").GetInt32(), result.GetProperty("backbone").GetString()));
        Assert.InRange(result.GetProperty("correct").GetInt32(), 34, 40);
        Assert.Equal(5, result.GetProperty("predictions").GetArrayLength());
        // The lines it prints.
        var mlContext = new MLContext();
        var model = mlContext.Model.Load(result.GetProperty("model").GetString(), out _);
        using var engine = mlContext.Model.CreatePredictionEngine<Photo, Prediction>(model);
        var first = result.GetProperty("predictions")[0];
        Assert.Equal(first.GetProperty("predictions")[0].GetProperty("label").GetString(), engine.Predict(new Photo(first.GetProperty("file").GetString()!, "")).PredictedLabel);
        (code, output, error) = CliTests.Run("demo", "--photos", Drawings.Folder(_folder, each: 5), "--out", _folder.File("own"));
        Assert.True(code == 0, error);
        Assert.Contains("var model = mlContext.Model.Load(@\"" + _folder.File(Path.Combine("own", "model.zip")), output, StringComparison.Ordinal);
    }

    private static double Accuracy(MLContext context, IEstimator<ITransformer>? features, IDataView train, IDataView test)
    {
        var pipeline = context.Transforms.Conversion.MapValueToKey("Label").Append(features ?? context.Transforms.CopyColumns("Features", "Pixels"))
            .Append(context.MulticlassClassification.Trainers.LinearSvm());
        return context.MulticlassClassification.Evaluate(pipeline.Fit(train).Transform(test)).MicroAccuracy;
    }

    private static IDataView Pixels(MLContext context, IEnumerable<TransferKit.Pipelines.Data.LabeledImage> images) =>
        context.Data.LoadFromEnumerable(images.Select(image =>
        {
            var tiny = Preprocessing.ImageNet with { Resize = 32, Crop = 32 };
            float[] pixels = new float[tiny.Count];
            tiny.Apply(new ImageSource(image.ImagePath), pixels);
            return new Raw { Pixels = pixels, Label = image.Label };
        }).ToList());

    private sealed class Raw
    {
        [Microsoft.ML.Data.VectorType(3 * 32 * 32)]
        public float[] Pixels { get; set; } = [];

        public string Label { get; set; } = "";
    }

    private sealed record Photo(string ImagePath, string Label);

    private sealed class Prediction
    {
        public string PredictedLabel { get; set; } = "";
    }
}
