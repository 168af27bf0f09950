using Microsoft.ML;
using Microsoft.ML.Runtime;
using TransferKit.Detection;
using TransferKit.Pipelines.Classifying;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Training;

namespace TransferKit.Pipelines.Detecting;

/// <summary>
/// Trains a detector on annotated images. Its transformer adds <c>PredictedLabel</c>, keys or text as the labels are,
/// <c>PredictedBoundingBoxes</c> and <c>Score</c>, the highest score first.
/// </summary>
public sealed class FineTuneDetectorEstimator : IEstimator<ObjectDetectingTransformer>
{
    private readonly Options _options;

    internal FineTuneDetectorEstimator(Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        ValidationSplit.Validate(options.ValidationSetFraction);
        _options = (Options)options.Copy();
    }

    /// <summary>
    /// Columns, validation images, and the options of the training; columns have the names of ML.NET's ObjectDetectionTrainer.
    /// </summary>
    public sealed class Options : DetectionOptions
    {
        /// <summary>The column of images: paths, encoded bytes, or MLImage.</summary>
        [NotInFingerprint("The images themselves are compared.")]
        public string ImageColumnName { get; set; } = "ImagePath";

        /// <summary>The column of labels: a vector of keys or text, one for each object. Objects without a label are left out.</summary>
        [NotInFingerprint("The boxes and labels themselves are compared.")]
        public string LabelColumnName { get; set; } = "Labels";

        /// <summary>
        /// The column of boxes: left, top, right and bottom of each object, in pixels of the image after its EXIF orientation is applied.
        /// </summary>
        [NotInFingerprint("The boxes and labels themselves are compared.")]
        public string BoundingBoxColumnName { get; set; } = "BoundingBoxes";

        /// <summary>
        /// The column that says which objects are crowds, which are not trained on: a vector of <see cref="bool"/>. Null for
        /// <c>Crowd</c>, if the data has it.
        /// </summary>
        [NotInFingerprint("The boxes and labels themselves are compared.")]
        public string? CrowdColumnName { get; set; }

        /// <summary>
        /// The column that says which objects are difficult, which are trained on, but ignored in validation: a vector of
        /// <see cref="bool"/>. Null for <c>Difficult</c>, if the data has it.
        /// </summary>
        [NotInFingerprint("The boxes and labels themselves are compared.")]
        public string? DifficultColumnName { get; set; }

        /// <summary>
        /// The validation images, which choose the best epoch, in the same columns; null to hold out some of the training images.
        /// </summary>
        [NotInFingerprint("The validation images themselves are compared.")]
        public IDataView? ValidationSet { get; set; }

        /// <summary>
        /// Without a validation set: the fraction of the images that is held out for validation; 0 to train on all and return the last
        /// epoch.
        /// </summary>
        [NotInFingerprint("The validation images themselves are compared.")]
        public double ValidationSetFraction { get; set; } = 0.1;

        /// <summary>
        /// The <see cref="MLContext"/> whose <see cref="MLContext.Log"/> event receives the metrics of each epoch; null for none.
        /// </summary>
        [NotInFingerprint("It only observes the training.")]
        public IHostEnvironment? Log { get; set; }

        /// <summary>Ends the training early; the best epoch so far is returned.</summary>
        [NotInFingerprint("A training that was canceled may be resumed.")]
        public CancellationToken CancellationToken { get; set; }
    }

    /// <summary>Trains.</summary>
    /// <param name="input">A view with the columns of images, labels and boxes.</param>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type, a box is invalid, or an option is.</exception>
    /// <exception cref="DllNotFoundException">The program does not include the native libtorch; the message says what to add.</exception>
    /// <exception cref="OperationCanceledException">The training was canceled before its first epoch was done.</exception>
    /// <exception cref="TrainingException">The loss is not finite, a batch does not fit the memory, or no learning rate was
    /// found.</exception>
    public ObjectDetectingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var columns = Columns(input);
        var labels = columns.Names(input);
        if (labels.Count == 0)
            throw new ArgumentException($"No image has a label in '{_options.LabelColumnName}': at least one annotated object is needed.");
        var (train, validation) = ValidationSplit.Split(Examples(input, labels), _options.ValidationSet, set => Examples(set, labels),
            FirstLabel, _options.ValidationSetFraction, _options.Seed);

        using var channel = _options.Log?.Start(nameof(FineTuneDetectorCatalog.FineTuneDetector));
        channel?.Info(MessageSensitivity.None, $"{_options.Detector ?? _options.Backbone.Name}: {train.Count} training and "
            + $"{validation.Count} validation images with objects of {labels.Count} classes.");
        var training = (Options)_options.Copy();
        training.EpochProgress = new EpochReporter(channel, _options.EpochProgress);
        var trained = DetectorTrainer.Train(training, train, validation, labels.Count + 1, _options.CancellationToken);

        var detecting = new ObjectDetectingEstimator.Options
        {
            ImageColumnName = _options.ImageColumnName,
            Detector = trained.Detector,
            Weights = trained.Weights,
            Labels = labels,
            LabelsAreKeys = columns.HasKeys,
        };
        return new ObjectDetectingEstimator(detecting).Fit(input, trained);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        bool keys = inputSchema.FirstOrDefault(c => c.Name == _options.LabelColumnName).IsKey;
        var options = new ObjectDetectingEstimator.Options { ImageColumnName = _options.ImageColumnName, LabelsAreKeys = keys };
        return new ObjectDetectingEstimator(options).GetOutputSchema(inputSchema);
    }

    // Images are stratified by the label of their first object.
    private static int FirstLabel(DetectionExample example) => example.GroundTruth.Count > 0 ? example.GroundTruth[0].Label : 0;

    private AnnotationColumns Columns(IDataView view) =>
        AnnotationColumns.Of(view.Schema, _options.LabelColumnName, _options.BoundingBoxColumnName,
            _options.CrowdColumnName, _options.DifficultColumnName);

    private List<DetectionExample> Examples(IDataView view, IReadOnlyList<string> labels)
    {
        var (image, columns) = (ImageColumn.Of(view.Schema, _options.ImageColumnName), Columns(view));
        var examples = new List<DetectionExample>();
        using var cursor = view.GetRowCursor([image, .. columns.All]);
        // Images are not cropped: boxes are in their pixels.
        var readImage = ImageColumn.Reader(cursor, image, preprocessing: null);
        var readObjects = columns.Reader(cursor);
        while (cursor.MoveNext())
        {
            var labeled = readObjects().Where(o => o.Label.Length > 0);
            examples.Add(new(readImage(), [.. labeled.Select(o => o.Object with { Label = AnnotationColumns.Number(labels, o.Label) })]));
        }
        return examples;
    }
}
