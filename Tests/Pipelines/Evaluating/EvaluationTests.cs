using System.Text.RegularExpressions;
using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Pipelines.Evaluating;
using TransferKit.Pipelines.Serving;

namespace TransferKit.Tests.Pipelines.Evaluating;

public class EvaluationTests
{
    [Fact]
    public void A_few_classes_are_written_with_their_metrics_and_the_whole_confusion_matrix()
    {
        var evaluation = new Evaluation(["cat", "dog"], [[8, 2], [0, 10]], ["cat", "dog"], []);
        string text = """
            class  images  correct  precision   recall     F1
            -----  ------  -------  ---------  -------  -----
            cat        10        8    100.0 %   80.0 %  0.889
            dog        10       10     83.3 %  100.0 %  0.909

            true \ predicted  cat  dog
            ----------------  ---  ---
            cat                 8    2
            dog                 .   10
            Accuracy 90.0 % (18 of 20 correct), 95 % confidence interval 69.9–97.2 %
            """;
        Assert.Equal(text, $"{evaluation}");
        Assert.Contains("<b>Accuracy 90.0 %</b> (18 of 20 correct), 95 % confidence interval 69.9–97.2 %", evaluation.ToHtml(),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(20, true)]
    [InlineData(21, false)]
    [InlineData(100, false)]
    public void Above_20_classes_only_the_most_confused_pairs_are_written(int classes, bool hasMatrix)
    {
        var evaluation = Confused(classes);
        string[] lines = $"{evaluation}".Split('\n');
        Assert.Equal(hasMatrix, lines.Any(l => l.StartsWith("true \\ predicted", StringComparison.Ordinal)));
        string[] pairs = [.. lines.Where(l => l.Contains("predicted as", StringComparison.Ordinal))];
        if (hasMatrix)
        {
            Assert.Empty(pairs);
            return;
        }
        // Class 5 is the one that is confused most often, and therefore has the lowest F1.
        Assert.Equal(("class 05 predicted as class 06: 9 of 29", 10), (pairs[0], pairs.Length));
        Assert.Equal($"Classes with the lowest F1, of {classes} classes:", lines[0]);
        Assert.StartsWith("class 05", lines[3], StringComparison.Ordinal);
        Assert.InRange(lines.Length, 20, 30);
        Assert.All(lines, l => Assert.InRange(l.Length, 0, 100));
        Assert.StartsWith("class 06", lines[4], StringComparison.Ordinal);
        // The HTML has every cell.
        string matrix = evaluation.ToHtml().Split("</table>")[0];
        Assert.Equal((classes + 1) * (classes + 1), Regex.Count(matrix, "<t[hd][ >]"));
    }

    [Fact]
    public void Any_classifier_of_labels_is_evaluated()
    {
        var context = new MLContext(1);
        var data = context.Data.LoadFromEnumerable(Enumerable.Range(0, 20).Select(i =>
            new Row { Label = i % 2 == 0 ? "even" : "odd", Features = [i % 2, 1] }));
        var model = context.Transforms.Conversion.MapValueToKey("LabelKey", "Label")
            .Append(context.MulticlassClassification.Trainers.SdcaMaximumEntropy("LabelKey"))
            .Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(data);
        var counts = new List<int>();
        var options = new EvaluationOptions { Progress = new Counts(counts), KeepFeatures = true };
        var trainers = context.MulticlassClassification;

        var evaluation = trainers.EvaluateImages(model, data);
        Assert.Equal((20, 20), (evaluation.Correct, evaluation.Total));
        Assert.Equal(["even", "odd"], evaluation.Labels);
        Assert.All(evaluation.Images, i => Assert.Null(i.Features));

        // A label that the classifier does not know is a class of its own, which is never predicted.
        var unknown = trainers.EvaluateImages(model, Rows(context, ["even", "other"]), options);
        Assert.Equal(["even", "odd", "other"], unknown.Classes);
        Assert.Equal((1, 2), (unknown.Correct, unknown.Total));
        Assert.All(unknown.Images, i => Assert.Equal([0, 1], i.Features!));
        Assert.Equal([1, 2], counts);

        var withoutLabel = new TransformerChain<ITransformer>([.. model.Skip(1)]);
        var noLabels = context.Data.LoadFromEnumerable([new FeaturesRow { Features = [0, 1] }]);
        Assert.StartsWith("There is no column 'Label' in the model's output; the columns are Features, ",
            Assert.Throws<ArgumentException>(() => trainers.EvaluateImages(withoutLabel, noLabels)).Message, StringComparison.Ordinal);

        options.CancellationToken = new CancellationToken(canceled: true);
        Assert.Throws<OperationCanceledException>(() => trainers.EvaluateImages(model, data, options));
    }

    [Theory]
    [InlineData("svm")]
    [InlineData("fine-tuned")]
    public void A_model_file_is_evaluated_like_the_transformer_that_ML_NET_loads(string kind)
    {
        using var folder = new TemporaryFolder();
        var context = new MLContext(1);
        var (photos, scores, labels) = new TrainedModels(folder).Train(kind, folder.File("model.zip"));
        var counts = new List<int>();
        using var classifier = new ImageClassifier(folder.File("model.zip"), new() { BatchSize = 2, QueueLength = 4, Threads = 1 });
        var options = new EvaluationOptions { Progress = new Counts(counts), KeepFeatures = true };
        var evaluation = context.MulticlassClassification.EvaluateImages(classifier, photos, options);
        Assert.Equal(photos.Images.Select(i => (i.ImagePath, i.Label)), evaluation.Images.Select(i => (i.File!, i.Label)));
        Assert.Equal(labels, evaluation.Images.Select(i => i.Predicted));
        foreach (var (image, score) in evaluation.Images.Zip(scores))
            Close.Equal(score, image.Scores, 1e-4, image.File!);
        Assert.All(evaluation.Images, i => Assert.Equal(512, i.Features!.Length));
        Assert.Equal(Enumerable.Range(1, photos.Images.Count), counts);

        var noLabels = context.Transforms.DropColumns("Label").Fit(photos).Transform(photos);
        Assert.Equal("There is no column 'Label' in the test data; the columns are ImagePath.", Assert.Throws<ArgumentException>(
            () => context.MulticlassClassification.EvaluateImages(classifier, noLabels)).Message);
    }

    private static IDataView Rows(MLContext context, string[] labels) =>
        context.Data.LoadFromEnumerable(labels.Select(l => new Row { Label = l, Features = [0, 1] }));

    // Each class has 20 correct images, and up to 9 that are predicted as the next class.
    private static Evaluation Confused(int classes)
    {
        string[] names = [.. Enumerable.Range(0, classes).Select(i => $"class {i:00}")];
        int[][] confusion = [.. Enumerable.Range(0, classes).Select(i => Row(i, classes))];
        return new Evaluation(names, confusion, names, []);

        static int[] Row(int index, int classes)
        {
            int[] row = new int[classes];
            row[index] = 20;
            row[(index + 1) % classes] = index == 5 ? 9 : index % 5;
            return row;
        }
    }

    private sealed class Counts(List<int> counts) : IProgress<int>
    {
        public void Report(int value) => counts.Add(value);
    }

    private sealed class FeaturesRow
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Row
    {
        public string Label { get; set; } = "";

        [VectorType(2)]
        public float[] Features { get; set; } = [];
    }
}
