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
    public void Keys_are_learned_and_a_saved_model_predicts_them()
    {
        var data = Draw(4);
        var messages = new List<string>();
        _context.Log += (_, e) => messages.Add(e.Message);
        var options = Options();
        (options.Log, options.ValidationSetFraction) = (_context, 0.25);
        var pipeline = _context.Transforms.Conversion.MapValueToKey("Labels")
            .Append(Trainer(options))
            .Append(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        using var model = pipeline.Fit(data);
        var columns = model.GetOutputSchema(data.Schema).Select(c => c.Name).Distinct();
        Assert.Equal(PromisedColumns(pipeline, data.Schema).Order(), columns.Order());
        const string Message = "3 training and 1 validation images with objects of 1 classes.";
        Assert.Contains(messages, m => m.Contains(Message, StringComparison.Ordinal));
        var history = model.OfType<TransferKit.Pipelines.Detecting.ObjectDetectingTransformer>().Single().Trained!.History;
        Assert.Contains("AP50", history[0].ValidationMetrics.Keys);

        string file = _folder.File("detector.zip");
        _context.Model.Save(model, data.Schema, file);
        var context = new MLContext();
        var loaded = context.Model.Load(file, out _);
        DetectionRow[] before = Rows(_context, model.Transform(data)), after = Rows(context, loaded.Transform(data));
        foreach (var (expected, actual) in before.Zip(after))
        {
            Assert.NotEmpty(expected.Score);
            Assert.Equal(expected.Score, actual.Score);
            Assert.Equal(expected.PredictedBoundingBoxes, actual.PredictedBoundingBoxes);
            Assert.All(actual.PredictedLabel, label => Assert.Equal(BrightSquares.Label, label));
        }
    }

    [Fact]
    public void Text_labels_are_learned_and_predicted_as_text()
    {
        var data = Draw(3);
        var options = Options();
        options.ValidationSet = _context.Data.TakeRows(data, 1);
        using var model = Trainer(options).Fit(data);
        string[] columns =
            ["ImagePath", "Labels", "BoundingBoxes", "Crowd", "Difficult", "PredictedLabel", "PredictedBoundingBoxes", "Score"];
        Assert.Equal(columns, model.GetOutputSchema(data.Schema).Select(c => c.Name));
        var labels = Rows(_context, model.Transform(data)).SelectMany(r => r.PredictedLabel);
        Assert.All(labels, label => Assert.Equal(BrightSquares.Label, label));
        Assert.Contains("AP50", model.Trained!.History[0].ValidationMetrics.Keys);
    }

    [Fact]
    public void Columns_that_do_not_fit_are_named()
    {
        var row = new AnnotatedRow { ImagePath = "a.png", Labels = ["cat"], BoundingBoxes = [1, 2, 3], Crowd = [true] };
        var data = _context.Data.LoadFromEnumerable([row]);
        Assert.Contains("Row 1 has 1 labels in 'Labels' and 3 values in 'BoundingBoxes': 4 for each label are needed",
            Refusal(Options(), data), StringComparison.Ordinal);
        var options = Options();
        options.LabelColumnName = "Things";
        Assert.Equal("There is no column 'Things'; there are ImagePath, Labels, BoundingBoxes, Crowd.", Refusal(options, data));
        options.LabelColumnName = "ImagePath";
        Assert.Contains("The column 'ImagePath' is String: it must be a vector of text, or keys", Refusal(options, data),
            StringComparison.Ordinal);
        var unlabeled = _context.Data.LoadFromEnumerable([new AnnotatedRow()]);
        Assert.Contains("at least one annotated object is needed", Refusal(Options(), unlabeled), StringComparison.Ordinal);
        options.ValidationSetFraction = 1;
        var error = Assert.Throws<ArgumentException>(() => Trainer(options));
        Assert.Contains("A validation fraction of 1 is invalid: it must be at least 0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_invalid_box_is_named_by_its_file()
    {
        BrightSquares.Write(_folder, 2);
        string text = File.ReadAllText(_folder.File("1.xml"));
        File.WriteAllText(_folder.File("1.xml"), text.Replace("<xmax>", "<xmax>1", StringComparison.Ordinal));
        var data = _context.Data.LoadAnnotatedImages(PascalVocReader.Read(_folder.Root));
        string message = Refusal(Options(), data);
        Assert.Contains(_folder.File("1.png"), message, StringComparison.Ordinal);
        Assert.Contains("extends beyond the image of 64 x 64 pixels", message, StringComparison.Ordinal);
    }

    private IDataView Draw(int count)
    {
        BrightSquares.Write(_folder, count);
        return _context.Data.LoadAnnotatedImages(PascalVocReader.Read(_folder.Root));
    }

    private FineTuneDetectorEstimator Trainer(FineTuneDetectorEstimator.Options options) =>
        _context.MulticlassClassification.Trainers.FineTuneDetector(options);

    private string Refusal(FineTuneDetectorEstimator.Options options, IDataView data) =>
        Assert.Throws<ArgumentException>(() => Trainer(options).Fit(data)).Message;

    // ML.NET's conversion of a schema to a shape is internal.
    private static IEnumerable<string> PromisedColumns(EstimatorChain<KeyToValueMappingTransformer> estimator, DataViewSchema schema)
    {
        var create = typeof(SchemaShape).GetMethod("Create", BindingFlags.Static | BindingFlags.NonPublic)!;
        return estimator.GetOutputSchema((SchemaShape)create.Invoke(null, [schema])!).Select(c => c.Name);
    }

    private static FineTuneDetectorEstimator.Options Options()
    {
        var options = BrightSquares.Options<FineTuneDetectorEstimator.Options>();
        (options.Epoch, options.ValidationSetFraction) = (1, 0);
        return options;
    }

    private static DetectionRow[] Rows(MLContext context, IDataView view) =>
        [.. context.Data.CreateEnumerable<DetectionRow>(view, reuseRowObject: false)];

    private sealed class DetectionRow
    {
        public string[] PredictedLabel { get; set; } = [];

        public float[] PredictedBoundingBoxes { get; set; } = [];

        public float[] Score { get; set; } = [];
    }

    private sealed class AnnotatedRow
    {
        public string ImagePath { get; set; } = "";

        public string[] Labels { get; set; } = [];

        public float[] BoundingBoxes { get; set; } = [];

        public bool[] Crowd { get; set; } = [];
    }
}
