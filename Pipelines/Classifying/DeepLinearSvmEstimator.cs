using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace TransferKit.Pipelines.Classifying;

/// <summary>
/// Trains one-versus-all linear support vector machines with squared hinge loss on features scaled to unit length: LIBLINEAR's default
/// (Fan et al. 2008, "LIBLINEAR: A Library for Large Linear Classification"), solved by ML.NET's dual coordinate ascent. ML.NET's own
/// LinearSvm takes single steps along the plain hinge loss, and classifies a few images less correctly by deep features.
/// </summary>
public sealed class DeepLinearSvmEstimator : IEstimator<ITransformer>
{
    // ML.NET's smoothed hinge loss is quadratic within this distance of the margin and linear beyond. Examples of unit length are within.
    private const float Smoothing = 4;
    private readonly MulticlassClassificationCatalog.MulticlassClassificationTrainers _catalog;
    private readonly Options _options;

    internal DeepLinearSvmEstimator(MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!(options.Cost > 0))
            throw new ArgumentException($"A cost of {options.Cost} is invalid: it must be above 0 (1 is a good start).");
        (_catalog, _options) = (catalog, options.Copy());
    }

    /// <summary>Options, with defaults that suit features of pretrained networks.</summary>
    public sealed class Options
    {
        /// <summary>The column of labels: a key.</summary>
        public string LabelColumnName { get; set; } = "Label";

        /// <summary>The column of features: a vector of known size.</summary>
        public string FeatureColumnName { get; set; } = "Features";

        /// <summary>The weight of the loss relative to the L2 regularization: C of scikit-learn and LIBLINEAR, above 0.</summary>
        public float Cost { get; set; } = 1;

        /// <summary>The most passes over the data per class.</summary>
        public int MaximumNumberOfIterations { get; set; } = 200;

        /// <summary>The duality gap, as a fraction of the loss, at which the training of a class ends.</summary>
        public float ConvergenceTolerance { get; set; } = 1e-3f;

        /// <summary>The random seed of the order of the examples.</summary>
        public int Seed { get; set; } = 1;

        /// <summary>Copies the options, so that later changes of this object do not affect the copy.</summary>
        public Options Copy() => (Options)MemberwiseClone();
    }

    /// <summary>Trains. The features are read once and cached: each pass over the view would run the network again.</summary>
    /// <param name="input">A view with the columns of features and labels.</param>
    public ITransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var context = new MLContext(_options.Seed);
        var normalizer = context.Transforms.NormalizeLpNorm(Normalized, _options.FeatureColumnName).Fit(input);
        var cached = context.Data.Cache(normalizer.Transform(input), Normalized, _options.LabelColumnName);
        return new TransformerChain<ITransformer>(normalizer, Classifier(context, CountRows(cached)).Fit(cached));
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        var context = new MLContext();
        var normalized = context.Transforms.NormalizeLpNorm(Normalized, _options.FeatureColumnName).GetOutputSchema(inputSchema);
        return Classifier(context, examples: 1).GetOutputSchema(normalized);
    }

    private string Normalized => _options.FeatureColumnName + "Normalized";

    private OneVersusAllTrainer Classifier(MLContext context, long examples)
    {
        var trainer = context.BinaryClassification.Trainers.SdcaNonCalibrated(new SdcaNonCalibratedBinaryTrainer.Options
        {
            LabelColumnName = _options.LabelColumnName,
            FeatureColumnName = Normalized,
            LossFunction = new SmoothedHingeLoss(Smoothing),
            // LIBLINEAR minimizes |w|^2 / 2 + C sum of squares; ML.NET minimizes L2 |w|^2 / 2 + mean of squares / (2 Smoothing).
            L2Regularization = 1 / (2 * Smoothing * _options.Cost * examples),
            L1Regularization = 0,
            BiasLearningRate = 0,
            MaximumNumberOfIterations = _options.MaximumNumberOfIterations,
            ConvergenceTolerance = _options.ConvergenceTolerance,
            // Several threads would give another model at each run.
            NumberOfThreads = 1,
        });
        return _catalog.OneVersusAll(trainer, _options.LabelColumnName, useProbabilities: false);
    }

    private static long CountRows(IDataView data)
    {
        if (data.GetRowCount() is { } rows)
            return rows;
        long count = 0;
        using var cursor = data.GetRowCursor([]);
        while (cursor.MoveNext())
            count++;
        return count;
    }
}
