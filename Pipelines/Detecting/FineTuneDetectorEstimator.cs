using Microsoft.ML;
using Microsoft.ML.Runtime;
using TransferKit.Detection;
using TransferKit.Pipelines.Classifying;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Featurizing;

namespace TransferKit.Pipelines.Detecting;

/// <summary>
/// Trains a detector to find what is marked in images; the result gives <c>PredictedLabel</c>, keys or text as the labels are,
/// <c>PredictedBoundingBoxes</c> and <c>Score</c>, the likeliest first.
/// </summary>
public sealed class FineTuneDetectorEstimator : IEstimator<ObjectDetectingTransformer>
{
    private readonly Options _options;

    internal FineTuneDetectorEstimator(Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (options.ValidationSetFraction is not (>= 0 and < 1))
            throw new ArgumentException($"A validation part of {options.ValidationSetFraction} is impossible: from 0 to below 1; 0.1 is usual.");
        _options = (Options)options.Copy();
    }

    /// <summary>Columns, validation, and how the detector is trained; the columns have the names of ML.NET's ObjectDetectionTrainer.</summary>
    public sealed class Options : DetectionOptions
    {
        /// <summary>The column that holds the images: paths, encoded bytes, or MLImage.</summary>
        public string ImageColumnName { get; set; } = "ImagePath";

        /// <summary>What is in an image: a vector of keys or text; a thing whose label is missing is left out.</summary>
        public string LabelColumnName { get; set; } = "Labels";

        /// <summary>Where it is: left, top, right and bottom of each thing, in pixels of the image as it is shown.</summary>
        public string BoundingBoxColumnName { get; set; } = "BoundingBoxes";

        /// <summary>Which objects are crowds, a vector of <see cref="bool"/>: not trained on. Null for <c>Crowd</c>, if the data has it.</summary>
        public string? CrowdColumnName { get; set; }

        /// <summary>
        /// Which objects are difficult, a vector of <see cref="bool"/>: trained on, but ignored in validation. Null for <c>Difficult</c>,
        /// if the data has it.
        /// </summary>
        public string? DifficultColumnName { get; set; }

        /// <summary>Images that choose the best epoch, with the same columns; null to set some aside.</summary>
        public IDataView? ValidationSet { get; set; }

        /// <summary>Without a validation set: the part of the images that is set aside; 0 to train on all and take the last epoch.</summary>
        public double ValidationSetFraction { get; set; } = 0.1;

        /// <summary>The <see cref="MLContext"/>, if its <see cref="MLContext.Log"/> event is to tell of the training as well.</summary>
        public IHostEnvironment? Log { get; set; }

        /// <summary>Ends the training early; the best epoch until then is taken.</summary>
        public CancellationToken CancellationToken { get; set; }
    }

    /// <summary>Trains.</summary>
    /// <exception cref="ArgumentException">The input lacks a column, or it is of the wrong type; a box is impossible; or an option is.</exception>
    public ObjectDetectingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var columns = Things(input);
        var labels = columns.Names(input);
        if (labels.Count == 0)
            throw new ArgumentException($"No image has a label in '{_options.LabelColumnName}': there is nothing to learn to find.");
        var all = Examples(input, labels);
        var (train, validation) = _options.ValidationSet is { } set ? (all, Examples(set, labels))
            : Stratified.Split(all, e => e.GroundTruth.Count > 0 ? e.GroundTruth[0].Label : 0, _options.ValidationSetFraction, _options.Seed);
        using var channel = _options.Log?.Start(nameof(FineTuneDetectorCatalog.FineTuneDetector));
        var training = (DetectionOptions)_options.Copy();
        training.EpochProgress = new TrainingRelay(channel, _options.EpochProgress);
        channel?.Info(MessageSensitivity.None, $"{_options.Detector ?? _options.Backbone}: {train.Count} images with {labels.Count} kinds of things to learn from, {validation.Count} to choose the best epoch.");
        var trained = DetectorTrainer.Train(training, train, validation, labels.Count + 1, _options.CancellationToken);
        var detecting = new ObjectDetectingEstimator.Options { ImageColumnName = _options.ImageColumnName, Detector = trained.Detector, Weights = trained.Weights, Labels = labels, LabelsAreKeys = columns.HasKeys };
        return new ObjectDetectingEstimator(detecting).Fit(input, trained);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        bool keys = inputSchema.FirstOrDefault(c => c.Name == _options.LabelColumnName).IsKey;
        return new ObjectDetectingEstimator(new() { ImageColumnName = _options.ImageColumnName, LabelsAreKeys = keys }).GetOutputSchema(inputSchema);
    }

    private AnnotationColumns Things(IDataView view) => AnnotationColumns.Of(view.Schema, _options.LabelColumnName, _options.BoundingBoxColumnName, _options.CrowdColumnName, _options.DifficultColumnName);

    private List<DetectionExample> Examples(IDataView view, IReadOnlyList<string> labels)
    {
        var (image, columns) = (ImageColumn.Of(view.Schema, _options.ImageColumnName), Things(view));
        var examples = new List<DetectionExample>();
        using var cursor = view.GetRowCursor([image, .. columns.All]);
        // Whole images: boxes are in their pixels.
        var (read, things) = (ImageColumn.Reader(cursor, image, preprocessing: null), columns.Reader(cursor));
        while (cursor.MoveNext())
            examples.Add(new(read(), [.. things().Where(t => t.Label.Length > 0).Select(t => t.Object with { Label = AnnotationColumns.Number(labels, t.Label) })]));
        return examples;
    }
}
