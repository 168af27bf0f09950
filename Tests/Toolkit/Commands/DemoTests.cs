using System.Text.Json;
using Microsoft.ML;
using SkiaSharp;
using TransferKit.Images;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Samples;

namespace TransferKit.Tests.Toolkit.Commands;

public sealed class DemoTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Sample_photographs_are_the_same_for_the_same_seed_and_differ_for_another()
    {
        var result = CliTests.Json("sample", _folder.File("one"), "--classes", "3", "--per-class", "2", "--seed", "7");
        Assert.Equal(6, result.GetProperty("images").GetInt32());
        SamplePhotos.Draw(_folder.File("again"), classes: 3, perClass: 2, seed: 7);
        SamplePhotos.Draw(_folder.File("other"), classes: 3, perClass: 2, seed: 8);
        string[] files = [.. ImageFiles.In(_folder.File("one")).Select(f => Path.GetRelativePath(_folder.File("one"), f))];
        Assert.Equal(["daisy/000.jpg", "daisy/001.jpg", "rose/000.jpg", "rose/001.jpg", "sunflower/000.jpg", "sunflower/001.jpg"],
            files.Select(f => f.Replace('\\', '/')));
        Assert.All(files, f => Assert.Equal(Content("one", f), Content("again", f)));
        Assert.All(files, f => Assert.NotEqual(Content("one", f), Content("other", f)));

        byte[] Content(string folder, string file) => File.ReadAllBytes(Path.Combine(_folder.File(folder), file));
    }

    [Fact]
    public void Sample_photographs_never_replace_another_image()
    {
        string photo = Path.Combine(_folder.File("mine"), SamplePhotos.Kinds[0], "000.jpg");
        Directory.CreateDirectory(Path.GetDirectoryName(photo)!);
        File.WriteAllText(photo, "mine");
        var (code, _, error) = CliTests.Run("sample", _folder.File("mine"), "--per-class", "1");
        Assert.Equal((1, $"'{photo}' exists and is another image: name a new or an empty folder.\n"), (code, error));
        Assert.Equal("mine", File.ReadAllText(photo));
        Assert.Equal(2, SamplePhotos.Draw(_folder.File("again"), classes: 2, perClass: 1));
        Assert.Equal(2, SamplePhotos.Draw(_folder.File("again"), classes: 2, perClass: 1));
    }

    [Fact]
    public void Sample_photographs_of_an_invalid_number_are_refused()
    {
        var classes = Assert.Throws<ArgumentException>(() => SamplePhotos.Draw(_folder.Root, classes: 9));
        Assert.StartsWith("9 classes are invalid: it must be 2 to 5 (daisy,", classes.Message, StringComparison.Ordinal);
        var perClass = Assert.Throws<ArgumentException>(() => SamplePhotos.Draw(_folder.Root, perClass: 0));
        Assert.StartsWith("0 images per class are invalid: it must be at least 1", perClass.Message, StringComparison.Ordinal);
    }

    /// <summary>The sample photographs need pretrained features: the same classifier is much less accurate on raw pixels.</summary>
    [Fact]
    public void Features_classify_the_sample_photographs_much_better_than_pixels()
    {
        SamplePhotos.Draw(_folder.File("photos"));
        var context = new MLContext(1);
        var (train, test) = context.Data.LoadImagesFromFolder(_folder.File("photos")).Split(testFraction: 0.25, seed: 1);
        double features = Accuracy(context, context.Transforms.FeaturizeImages("Features", "ImagePath"), train, test);
        double pixels = Accuracy(context, null, Pixels(context, train.Images), Pixels(context, test.Images));
        Assert.True(features >= 0.85, $"features: {features}");
        Assert.True(pixels <= features - 0.3, $"features: {features}, pixels: {pixels}");
    }

    [Fact]
    public void Demo_trains_saves_loads_predicts_and_draws_a_picture()
    {
        var (code, output, error) = CliTests.Run("demo", "--out", _folder.File("demo"), "--json");
        Assert.True(code == 0, error);
        var result = JsonDocument.Parse(output).RootElement;
        Assert.Equal((40, "mobilenet_v3_small"), (result.GetProperty("total").GetInt32(), result.GetProperty("backbone").GetString()));
        Assert.InRange(result.GetProperty("correct").GetInt32(), 34, 40);
        Assert.Equal(5, result.GetProperty("predictions").GetArrayLength());
        string picture = result.GetProperty("picture").GetString()!;
        Assert.Equal(_folder.File(Path.Combine("demo", "explained.png")), picture);
        using (var codec = SKCodec.Create(picture))
            Assert.Equal((SKEncodedImageFormat.Png, 900, 300), (codec.EncodedFormat, codec.Info.Width, codec.Info.Height));
        Assert.InRange(new FileInfo(picture).Length, 20_000, 150_000);
        AssertUsableAsPrinted(result);
    }

    [Fact]
    public void Demo_accepts_other_photos_and_prints_what_to_do_next()
    {
        var (code, output, error) = CliTests.Run("demo", "--images", Drawings.Folder(_folder, each: 5), "--out", _folder.File("own"));
        Assert.True(code == 0, error);
        string model = _folder.File(Path.Combine("own", "model.zip"));
        Assert.Contains($"var model = mlContext.Model.Load(@\"{model}\"", output, StringComparison.Ordinal);
        Assert.Contains($"transferkit serve \"{model}\"", output, StringComparison.Ordinal);
        Assert.Contains($"Report:  {Path.ChangeExtension(model, ".report.html")}", output, StringComparison.Ordinal);
        Assert.Contains($"Picture: {_folder.File(Path.Combine("own", "explained.png"))}", output, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder.File(Path.Combine("own", "explained.png"))));

        // Repeated, the demo replaces its own files; a model alone may be a user's.
        string[] again = ["demo", "--images", _folder.File("photos"), "--out", _folder.File("own")];
        Assert.Equal(0, CliTests.Run(again).Code);
        File.Delete(_folder.File(Path.Combine("own", "explained.png")));
        (code, _, error) = CliTests.Run(again);
        Assert.Equal((1, $"'{model}' exists already: replace with --force, or give another name with --out.\n"), (code, error));
        Assert.Equal(0, CliTests.Run([.. again, "--force"]).Code);
    }

    // The same calls as in the C# that the command prints.
    private static void AssertUsableAsPrinted(JsonElement result)
    {
        var mlContext = new MLContext();
        var model = mlContext.Model.Load(result.GetProperty("model").GetString(), out _);
        using var engine = mlContext.Model.CreatePredictionEngine<Photo, Prediction>(model);
        var first = result.GetProperty("predictions")[0];
        string expected = first.GetProperty("labels")[0].GetProperty("label").GetString()!;
        Assert.Equal(expected, engine.Predict(new Photo(first.GetProperty("file").GetString()!, "")).PredictedLabel);
    }

    private static double Accuracy(MLContext context, IEstimator<ITransformer>? features, IDataView train, IDataView test)
    {
        var pipeline = context.Transforms.Conversion.MapValueToKey("Label")
            .Append(features ?? context.Transforms.CopyColumns("Features", "Pixels"))
            .Append(context.MulticlassClassification.Trainers.LinearSvm());
        return context.MulticlassClassification.Evaluate(pipeline.Fit(train).Transform(test)).MicroAccuracy;
    }

    private static IDataView Pixels(MLContext context, IEnumerable<LabeledImage> images) =>
        context.Data.LoadFromEnumerable(images.Select(image =>
        {
            var tiny = Preprocessing.ImageNet with { Resize = 32, Crop = 32 };
            float[] pixels = new float[tiny.Count];
            tiny.Apply(new ImageSource(image.ImagePath), pixels);
            return new PixelRow { Pixels = pixels, Label = image.Label };
        }).ToList());

    private sealed class PixelRow
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
