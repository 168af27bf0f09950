using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Pipelines.Saving;
using TransferKit.Training;

namespace TransferKit.Pipelines.Classifying;

/// <summary>
/// Fine-tunes a pretrained network to the images and labels of a view. Its transformer adds <c>Score</c> and <c>PredictedLabel</c>.
/// </summary>
public sealed class FineTuneImagesEstimator : IEstimator<FineTunedImagesTransformer>
{
    private readonly Options _options;

    internal FineTuneImagesEstimator(Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(options.ImageColumnName);
        ArgumentException.ThrowIfNullOrEmpty(options.LabelColumnName);
        options.Validate();
        ValidationSplit.Validate(options.ValidationSetFraction);
        _options = (Options)options.Copy();
    }

    /// <summary>
    /// Columns, validation images, and the options of fine-tuning; with the names of ML.NET's ImageClassificationTrainer.
    /// </summary>
    public sealed class Options : FineTuneOptions
    {
        /// <summary>The column of images: paths, encoded bytes, or MLImage.</summary>
        [NotInFingerprint("The images themselves are compared.")]
        public string ImageColumnName { get; set; } = "ImagePath";

        /// <summary>The same as <see cref="ImageColumnName"/>, under the name of ML.NET's ImageClassificationTrainer.</summary>
        [NotInFingerprint("The images themselves are compared.")]
        public string FeatureColumnName
        {
            get => ImageColumnName;
            set => ImageColumnName = value;
        }

        /// <summary>The column of labels: a key.</summary>
        [NotInFingerprint("The labels themselves are compared.")]
        public string LabelColumnName { get; set; } = "Label";

        /// <summary>
        /// The validation images, which choose the best epoch, in the same columns; null to hold out some of the training images.
        /// </summary>
        [NotInFingerprint("The validation images themselves are compared.")]
        public IDataView? ValidationSet { get; set; }

        /// <summary>
        /// Without a validation set: the fraction of each class's images that is held out for validation; 0 to train on all and return the
        /// last epoch.
        /// </summary>
        [NotInFingerprint("The validation images themselves are compared.")]
        public double ValidationSetFraction { get; set; } = 0.1;

        /// <summary>
        /// The <see cref="MLContext"/> whose <see cref="MLContext.Log"/> event receives the metrics of each epoch; null for none.
        /// </summary>
        [NotInFingerprint("It only observes the training.")]
        public IHostEnvironment? Log { get; set; }

        /// <summary>Receives the metrics of each epoch.</summary>
        [NotInFingerprint("It only observes the training.")]
        public Action<EpochMetrics>? MetricsCallback { get; set; }

        /// <summary>Ends the training early; the best epoch so far is returned.</summary>
        [NotInFingerprint("A training that was canceled may be resumed.")]
        public CancellationToken CancellationToken { get; set; }
    }

    /// <summary>Trains.</summary>
    /// <param name="input">A view with the columns of images and labels.</param>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type, or an option is invalid.</exception>
    /// <exception cref="DllNotFoundException">The program does not include the native libtorch; the message says what to add.</exception>
    /// <exception cref="OperationCanceledException">The training was canceled before its first epoch was done.</exception>
    /// <exception cref="TrainingException">The loss is not finite, a batch does not fit the memory, or no learning rate was
    /// found.</exception>
    public FineTunedImagesTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var image = ImageColumn.Of(input.Schema, _options.ImageColumnName);
        var label = LabelColumn(input.Schema);
        int classes = (int)((KeyDataViewType)label.Type).Count;
        var (train, validation) = ValidationSplit.Split(Examples(input), _options.ValidationSet, set => Examples(CheckKeys(set, label)),
            e => e.Label, _options.ValidationSetFraction, _options.Seed);

        using var channel = _options.Log?.Start(nameof(FineTuneImagesCatalog.FineTuneImages));
        channel?.Info(MessageSensitivity.None,
            $"{_options.Backbone}, {_options.Mode}: {train.Count} training and {validation.Count} validation images of {classes} classes.");
        var training = (Options)_options.Copy();
        training.EpochProgress = new EpochReporter(channel, _options.EpochProgress, _options.MetricsCallback);
        training.MessageCallback = message =>
        {
            channel?.Info(MessageSensitivity.None, message);
            _options.MessageCallback?.Invoke(message);
        };
        var trained = FineTuner.Train(training, train, validation, classes, _options.CancellationToken);

        var options = new ImageFeaturizingEstimator.Options
        {
            ImageColumnName = _options.ImageColumnName,
            OutputColumnName = Probabilities,
            Threads = _options.Threads,
        };
        var featurizer = new ImageFeaturizer(trained.Network.WithProbabilities(), trained.Preprocessing, options);
        var scores = NamedScores.Fit(new MLContext(), label, classes, Probabilities);
        return new FineTunedImagesTransformer(new(options, featurizer, image.Type), scores, Probabilities, trained);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        var featurizer = new ImageFeaturizingEstimator(
            new() { ImageColumnName = _options.ImageColumnName, OutputColumnName = Probabilities });
        var featurized = featurizer.GetOutputSchema(inputSchema);
        var context = new MLContext();
        var scored = NamedScores.Estimator(context, _options.LabelColumnName, Probabilities).GetOutputSchema(featurized);
        return context.Transforms.DropColumns(Probabilities).GetOutputSchema(scored);
    }

    private string Probabilities => _options.ImageColumnName + "Probabilities";

    private DataViewSchema.Column LabelColumn(DataViewSchema schema)
    {
        string name = _options.LabelColumnName;
        string columns = string.Join(", ", schema.Select(c => c.Name));
        var column = schema.GetColumnOrNull(name)
            ?? throw new ArgumentException($"There is no column '{name}' to take labels from; there are {columns}.");
        return column.Type is KeyDataViewType { Count: > 1 and < int.MaxValue } ? column
            : throw new ArgumentException($"The label '{name}' of type {column.Type} is invalid: it must be a key of at least two values. "
                + "Put Conversion.MapValueToKey before the trainer.");
    }

    private List<Example> Examples(IDataView view)
    {
        var (image, label) = (ImageColumn.Of(view.Schema, _options.ImageColumnName), LabelColumn(view.Schema));
        var examples = new List<Example>();
        using var cursor = view.GetRowCursor([image, label]);
        // Images are not cropped yet: augmentation crops the whole image.
        var readImage = ImageColumn.Reader(cursor, image, preprocessing: null);
        var readKey = cursor.GetGetter<uint>(label);
        uint key = 0;
        while (cursor.MoveNext())
        {
            readKey(ref key);
            // The key of a missing label is 0.
            if (key > 0)
                examples.Add(new Example(readImage(), (int)key - 1));
        }
        return examples;
    }

    // A key is a number, which means the same label in both views only if their keys have the same names.
    private IDataView CheckKeys(IDataView validationSet, DataViewSchema.Column label)
    {
        string[] trainKeys = Keys(label), validationKeys = Keys(LabelColumn(validationSet.Schema));
        return trainKeys.SequenceEqual(validationKeys) ? validationSet
            : throw new ArgumentException($"The label '{label.Name}' of the validation set has other keys ({First(validationKeys)}) "
                + $"than that of the training set ({First(trainKeys)}): "
                + "make both with the transformer that was fitted to the training set.");

        static string[] Keys(DataViewSchema.Column column) => column.KeyNames() ?? [$"{column.Type}"];

        static string First(string[] keys) => string.Join(", ", keys.Take(5));
    }
}
