using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Pipelines.Saving;
using TransferKit.Training;

namespace TransferKit.Pipelines.Classifying;

/// <summary>Fine-tunes a pretrained network to the images and labels of a view; the result gives <c>Score</c> and <c>PredictedLabel</c>.</summary>
public sealed class FineTuneImagesEstimator : IEstimator<FineTunedImagesTransformer>
{
    private readonly Options _options;

    internal FineTuneImagesEstimator(Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(options.FeatureColumnName);
        ArgumentException.ThrowIfNullOrEmpty(options.LabelColumnName);
        options.Validate();
        if (options.ValidationSetFraction is not (>= 0 and < 1))
            throw new ArgumentException($"A validation part of {options.ValidationSetFraction} is impossible: from 0 to below 1; 0.1 is usual.");
        _options = (Options)options.Copy();
    }

    /// <summary>Columns, validation, and how the network is fine-tuned; names are those of ML.NET's ImageClassificationTrainer where they mean the same.</summary>
    public sealed class Options : TrainingOptions
    {
        /// <summary>The column that holds the images: paths, encoded bytes, or MLImage.</summary>
        public string FeatureColumnName { get; set; } = "ImagePath";

        /// <summary>The label, a key.</summary>
        public string LabelColumnName { get; set; } = "Label";

        /// <summary>Images that choose the best epoch, with the same columns; null to set some aside.</summary>
        public IDataView? ValidationSet { get; set; }

        /// <summary>Without a validation set: the part of each class's images that is set aside; 0 to train on all and take the last epoch.</summary>
        public double ValidationSetFraction { get; set; } = 0.1;

        /// <summary>The <see cref="MLContext"/>, if its <see cref="MLContext.Log"/> event is to tell of the training as well.</summary>
        public IHostEnvironment? Log { get; set; }

        /// <summary>Told what each epoch gave.</summary>
        public Action<EpochMetrics>? MetricsCallback { get; set; }

        /// <summary>Ends the training early; the best epoch until then is taken.</summary>
        public CancellationToken CancellationToken { get; set; }
    }

    /// <summary>Trains.</summary>
    /// <exception cref="ArgumentException">The input lacks a column, or it is of the wrong type; or an option is impossible.</exception>
    public FineTunedImagesTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var image = ImageColumn.Of(input.Schema, _options.FeatureColumnName);
        var label = LabelColumn(input.Schema);
        int classes = (int)((KeyDataViewType)label.Type).Count;
        var all = Examples(input);
        var (train, validation) = _options.ValidationSet is { } set ? (all, Examples(Same(set, label))) : Stratified.Split(all, e => e.Label, _options.ValidationSetFraction, _options.Seed);
        using var channel = _options.Log?.Start(nameof(FineTuneImagesCatalog.FineTuneImages));
        var training = _options.Copy();
        training.EpochProgress = new TrainingRelay(channel, _options.EpochProgress, _options.MetricsCallback);
        channel?.Info(MessageSensitivity.None, $"{_options.Backbone}, {_options.Mode}: {train.Count} images of {classes} classes to learn from, {validation.Count} to choose the best epoch.");
        var tuned = FineTuner.Train(training, train, validation, classes, _options.CancellationToken);
        var options = new ImageFeaturizingEstimator.Options { ImageColumnName = _options.FeatureColumnName, OutputColumnName = Probabilities, Threads = _options.Threads };
        var featurizer = new ImageFeaturizingTransformer(options, new ImageFeaturizer(tuned.Network.WithProbabilities(), tuned.Preprocessing, options), image.Type);
        return new FineTunedImagesTransformer(featurizer, NamedScores.Fit(new MLContext(), label, classes, Probabilities), Probabilities, tuned);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        var featurized = new ImageFeaturizingEstimator(new() { ImageColumnName = _options.FeatureColumnName, OutputColumnName = Probabilities }).GetOutputSchema(inputSchema);
        var context = new MLContext();
        return context.Transforms.DropColumns(Probabilities).GetOutputSchema(
            NamedScores.Estimator(context, _options.LabelColumnName, Probabilities).GetOutputSchema(featurized));
    }

    private string Probabilities => _options.FeatureColumnName + "Probabilities";

    private DataViewSchema.Column LabelColumn(DataViewSchema schema)
    {
        var column = schema.GetColumnOrNull(_options.LabelColumnName)
            ?? throw new ArgumentException($"There is no column '{_options.LabelColumnName}' to take labels from; there are {string.Join(", ", schema.Select(c => c.Name))}.");
        return column.Type is KeyDataViewType { Count: > 1 and < int.MaxValue } ? column
            : throw new ArgumentException($"The label '{column.Name}' is {column.Type}; a key of two or more values is needed: put Conversion.MapValueToKey before the trainer.");
    }

    private List<Example> Examples(IDataView view)
    {
        var (image, label) = (ImageColumn.Of(view.Schema, _options.FeatureColumnName), LabelColumn(view.Schema));
        var examples = new List<Example>();
        using var cursor = view.GetRowCursor([image, label]);
        // Larger than any crop: augmentation wants to choose from the whole image.
        var read = ImageColumn.Reader(cursor, image, preprocessing: null);
        var key = cursor.GetGetter<uint>(label);
        uint value = 0;
        while (cursor.MoveNext())
        {
            key(ref value);
            // A missing label is 0.
            if (value > 0)
                examples.Add(new Example(read(), (int)value - 1));
        }
        return examples;
    }

    // A key is a number; it means the same in both views only if the values behind it do.
    private IDataView Same(IDataView validation, DataViewSchema.Column label)
    {
        var (one, other) = (Keys(label), Keys(LabelColumn(validation.Schema)));
        return one.SequenceEqual(other) ? validation
            : throw new ArgumentException($"The label '{label.Name}' of the validation set has other keys ({string.Join(", ", other.Take(5))}) than that of the training set ({string.Join(", ", one.Take(5))}): " +
                "make both with the transformer that was fitted to the training set.");
    }

    private static string[] Keys(DataViewSchema.Column label)
    {
        if (label.Annotations.Schema.GetColumnOrNull("KeyValues")?.Type is not VectorDataViewType { ItemType: TextDataViewType })
            return [$"{label.Type}"];
        VBuffer<ReadOnlyMemory<char>> names = default;
        label.GetKeyValues(ref names);
        return [.. names.DenseValues().Select(n => n.ToString())];
    }
}
