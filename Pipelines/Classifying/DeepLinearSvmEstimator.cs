using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace TransferKit.Pipelines.Classifying;

/// <summary>
/// A linear support vector machine with squared hinge loss for each class against the rest, on features scaled to length 1: LIBLINEAR's
/// default (Fan et al. 2008, "LIBLINEAR: A Library for Large Linear Classification"), solved by ML.NET's dual coordinate ascent.
/// ML.NET's own LinearSvm takes single steps along the plain hinge and stays a few pictures behind on deep features.
/// </summary>
public sealed class DeepLinearSvmEstimator : IEstimator<ITransformer>
{
    // ML.NET has the squared hinge as a smoothed one: quadratic within Smoothing of the margin, straight beyond. No example of features of
    // length 1 goes that far.
    private const float Smoothing = 4;
    private readonly MulticlassClassificationCatalog.MulticlassClassificationTrainers _catalog;
    private readonly Options _options;

    internal DeepLinearSvmEstimator(MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!(options.Cost > 0))
            throw new ArgumentException($"A cost of {options.Cost} is impossible: it must be above 0; 1 is usual.");
        (_catalog, _options) = (catalog, options);
    }

    /// <summary>Settings that are good for features of pretrained networks.</summary>
    public sealed class Options
    {
        /// <summary>The label, a key.</summary>
        public string LabelColumnName { get; set; } = "Label";

        /// <summary>The features, a vector of known size.</summary>
        public string FeatureColumnName { get; set; } = "Features";

        /// <summary>What an example on the wrong side costs against the length of the weights: scikit-learn's C.</summary>
        public float Cost { get; set; } = 1;

        /// <summary>Passes over the data for each class, at most.</summary>
        public int MaximumNumberOfIterations { get; set; } = 200;

        /// <summary>The gap between primal and dual, as a part of the loss, at which a class is done.</summary>
        public float ConvergenceTolerance { get; set; } = 1e-3f;

        /// <summary>Of the order in which the examples are seen.</summary>
        public int Seed { get; set; } = 1;
    }

    /// <summary>Trains. The features are read once: every class passes over them many times, and each pass would run the network again.</summary>
    public ITransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var context = new MLContext(_options.Seed);
        var normalize = context.Transforms.NormalizeLpNorm(Normalized, _options.FeatureColumnName).Fit(input);
        var cached = context.Data.Cache(normalize.Transform(input), Normalized, _options.LabelColumnName);
        return new TransformerChain<ITransformer>(normalize, Classifier(context, Count(cached)).Fit(cached));
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        var context = new MLContext();
        return Classifier(context, examples: 1)
            .GetOutputSchema(context.Transforms.NormalizeLpNorm(Normalized, _options.FeatureColumnName).GetOutputSchema(inputSchema));
    }

    private string Normalized => _options.FeatureColumnName + "Normalized";

    private OneVersusAllTrainer Classifier(MLContext context, long examples) =>
        _catalog.OneVersusAll(context.BinaryClassification.Trainers.SdcaNonCalibrated(new SdcaNonCalibratedBinaryTrainer.Options
        {
            LabelColumnName = _options.LabelColumnName,
            FeatureColumnName = Normalized,
            LossFunction = new SmoothedHingeLoss(Smoothing),
            // LIBLINEAR: |w|^2 / 2 + C sum of squares; ML.NET: L2 |w|^2 / 2 + mean of squares / (2 Smoothing).
            L2Regularization = 1 / (2 * Smoothing * _options.Cost * examples),
            L1Regularization = 0,
            BiasLearningRate = 0,
            MaximumNumberOfIterations = _options.MaximumNumberOfIterations,
            ConvergenceTolerance = _options.ConvergenceTolerance,
            // Several threads would give another model at each run.
            NumberOfThreads = 1,
        }), _options.LabelColumnName, useProbabilities: false);

    private static long Count(IDataView data)
    {
        if (data.GetRowCount() is { } known)
            return known;
        long count = 0;
        using var cursor = data.GetRowCursor([]);
        while (cursor.MoveNext())
            count++;
        return count;
    }
}
