using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Detecting;
using TransferKit.Tests.Featurizers.Detection;

namespace TransferKit.Tests.Pipelines.Detecting;

public sealed class FineTuneDetectorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _context = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Keys_are_learned_and_a_saved_model_gives_them_back()
    {
        BrightSquares.Write(_folder, 4);
        var data = _context.Data.LoadAnnotatedImages(PascalVocReader.Read(_folder.Root));
        var lines = new List<string>();
        _context.Log += (_, e) => lines.Add(e.Message);
        var options = Options();
        (options.Log, options.ValidationSetFraction) = (_context, 0.25);
        var pipeline = _context.Transforms.Conversion.MapValueToKey("Labels").Append(_context.MulticlassClassification.Trainers.FineTuneDetector(options)).Append(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        using var model = pipeline.Fit(data);
        Assert.Equal(Promised(pipeline, data.Schema).Order(), model.GetOutputSchema(data.Schema).Select(c => c.Name).Distinct().Order());
        Assert.Contains(lines, l => l.Contains("3 images with 1 kinds of things to learn from, 1 to choose the best epoch", StringComparison.Ordinal));
        Assert.NotNull(model.OfType<TransferKit.Pipelines.Detecting.ObjectDetectingTransformer>().Single().Trained!.History[0].ValidationAccuracy);

        string file = _folder.File("detector.zip");
        _context.Model.Save(model, data.Schema, file);
        var context = new MLContext();
        var loaded = context.Model.Load(file, out _);
        Found[] own = Rows(_context, model.Transform(data)), found = Rows(context, loaded.Transform(data));
        Assert.All(own.Zip(found), p =>
        {
            Assert.NotEmpty(p.First.Score);
            Assert.Equal(p.First.Score, p.Second.Score);
            Assert.Equal(p.First.PredictedBoundingBoxes, p.Second.PredictedBoundingBoxes);
            Assert.All(p.Second.PredictedLabel, l => Assert.Equal(BrightSquares.Name, l));
        });
    }

    [Fact]
    public void Text_is_learned_and_found_as_it_is()
    {
        BrightSquares.Write(_folder, 3);
        var data = _context.Data.LoadAnnotatedImages(PascalVocReader.Read(_folder.Root));
        var options = Options();
        options.ValidationSet = _context.Data.TakeRows(data, 1);
        using var model = _context.MulticlassClassification.Trainers.FineTuneDetector(options).Fit(data);
        Assert.Equal(["ImagePath", "Labels", "BoundingBoxes", "Crowd", "Difficult", "PredictedLabel", "PredictedBoundingBoxes", "Score"], model.GetOutputSchema(data.Schema).Select(c => c.Name));
        Assert.All(Rows(_context, model.Transform(data)).SelectMany(r => r.PredictedLabel), l => Assert.Equal(BrightSquares.Name, l));
        Assert.NotNull(model.Trained!.History[0].ValidationAccuracy);
    }

    [Fact]
    public void Columns_that_do_not_fit_are_named()
    {
        var rows = _context.Data.LoadFromEnumerable([new Marked { ImagePath = "a.png", Labels = ["cat"], BoundingBoxes = [1, 2, 3], Crowd = [true] }]);
        Assert.Contains("Row 1 has 1 labels in 'Labels' and 3 values in 'BoundingBoxes': 4 for each label are needed", Refusal(Options(), rows), StringComparison.Ordinal);
        var options = Options();
        options.LabelColumnName = "Things";
        Assert.Equal("There is no column 'Things'; there are ImagePath, Labels, BoundingBoxes, Crowd.", Refusal(options, rows));
        options.LabelColumnName = "ImagePath";
        Assert.Contains("The column 'ImagePath' is String: it must be a vector of text, or keys", Refusal(options, rows), StringComparison.Ordinal);
        Assert.Contains("there is nothing to learn to find", Refusal(Options(), _context.Data.LoadFromEnumerable([new Marked()])), StringComparison.Ordinal);
        options.ValidationSetFraction = 1;
        Assert.Contains("A validation part of 1 is impossible", Assert.Throws<ArgumentException>(() => _context.MulticlassClassification.Trainers.FineTuneDetector(options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bad_box_is_named_by_its_file()
    {
        BrightSquares.Write(_folder, 2);
        string text = File.ReadAllText(_folder.File("1.xml"));
        File.WriteAllText(_folder.File("1.xml"), text.Replace("<xmax>", "<xmax>1", StringComparison.Ordinal));
        var data = _context.Data.LoadAnnotatedImages(PascalVocReader.Read(_folder.Root));
        string message = Refusal(Options(), data);
        Assert.Contains(_folder.File("1.png"), message, StringComparison.Ordinal);
        Assert.Contains("reaches out of the image of 64 x 64 pixels", message, StringComparison.Ordinal);
    }

    private string Refusal(FineTuneDetectorEstimator.Options options, IDataView data) =>
        Assert.Throws<ArgumentException>(() => _context.MulticlassClassification.Trainers.FineTuneDetector(options).Fit(data)).Message;

    // ML.NET makes shapes of schemas for itself only.
    private static IEnumerable<string> Promised(EstimatorChain<KeyToValueMappingTransformer> estimator, DataViewSchema schema) => estimator.GetOutputSchema(
        (SchemaShape)typeof(SchemaShape).GetMethod("Create", BindingFlags.Static | BindingFlags.NonPublic)!.Invoke(null, [schema])!).Select(c => c.Name);

    private static FineTuneDetectorEstimator.Options Options()
    {
        var options = BrightSquares.Options<FineTuneDetectorEstimator.Options>();
        (options.Epoch, options.ValidationSetFraction) = (1, 0);
        return options;
    }

    private static Found[] Rows(MLContext context, IDataView view) => [.. context.Data.CreateEnumerable<Found>(view, reuseRowObject: false)];

    private sealed class Found
    {
        public string[] PredictedLabel { get; set; } = [];

        public float[] PredictedBoundingBoxes { get; set; } = [];

        public float[] Score { get; set; } = [];
    }

    private sealed class Marked
    {
        public string ImagePath { get; set; } = "";

        public string[] Labels { get; set; } = [];

        public float[] BoundingBoxes { get; set; } = [];

        public bool[] Crowd { get; set; } = [];
    }
}
