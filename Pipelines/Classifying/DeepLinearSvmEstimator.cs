using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using TransferKit.Pipelines.Saving;

namespace TransferKit.Pipelines.Classifying;

/// <summary>
/// Trains one-versus-all linear support vector machines with squared hinge loss on features scaled to unit length: LIBLINEAR's default
/// (Fan et al. 2008, "LIBLINEAR: A Library for Large Linear Classification"), solved by ML.NET's dual coordinate ascent. ML.NET's own
/// LinearSvm takes single steps along the plain hinge loss, and classifies a few images less correctly by deep features.
/// </summary>
/// <remarks>
/// <c>Score</c> is a vector of probabilities: the softmax of the decision values at the temperature that fits them best in a
/// cross-validation, which leaves the predictions as they are.
/// </remarks>
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
        if (options.NumberOfCalibrationFolds is < 0 or 1)
        {
            throw new ArgumentException($"A number of {options.NumberOfCalibrationFolds} calibration folds is invalid: " +
                "it must be at least 2 (5 is usual), or 0 for decision values instead of probabilities.");
        }
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

        /// <summary>
        /// The number of folds of the cross-validation that calibrates the probabilities; 0 for decision values as <c>Score</c>.
        /// </summary>
        public int NumberOfCalibrationFolds { get; set; } = 5;

        /// <summary>The random seed of the order of the examples, and of the folds.</summary>
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
        var classifier = Classifier(context, CountRows(cached)).Fit(cached);
        if (_options.NumberOfCalibrationFolds == 0)
            return new TransformerChain<ITransformer>(normalizer, classifier);
        double scale = TemperatureScaling.FitScale(HeldOutScores(context, cached));
        var scored = classifier.Transform(cached);
        var probabilities = SoftmaxChain.Estimator(context, Probabilities, scale).Fit(scored);
        var label = cached.Schema[_options.LabelColumnName];
        int classes = (int)((KeyDataViewType)label.Type).Count;
        var names = NamedScores.Fit(context, label, classes, Probabilities);
        var drop = context.Transforms.DropColumns(Probabilities).Fit(probabilities.Transform(scored));
        return new TransformerChain<ITransformer>(normalizer, classifier, probabilities, names, drop);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        var context = new MLContext();
        var normalized = context.Transforms.NormalizeLpNorm(Normalized, _options.FeatureColumnName).GetOutputSchema(inputSchema);
        return Classifier(context, examples: 1).GetOutputSchema(normalized);
    }

    private string Normalized => _options.FeatureColumnName + "Normalized";

    private string Probabilities => _options.FeatureColumnName + "Probabilities";

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

    // The decision values of each example by a classifier that was trained on the other folds.
    private List<(float[] Values, int Label)> HeldOutScores(MLContext context, IDataView data)
    {
        var examples = new List<(float[], int)>();
        foreach (var fold in context.Data.CrossValidationSplit(data, _options.NumberOfCalibrationFolds, seed: _options.Seed))
        {
            long count = CountRows(fold.TrainSet);
            if (count == 0)
                continue;
            var scored = Classifier(context, count).Fit(fold.TrainSet).Transform(fold.TestSet);
            var scores = scored.GetColumn<float[]>("Score");
            // A key of 0 is a missing label.
            examples.AddRange(scores.Zip(scored.GetColumn<uint>(_options.LabelColumnName))
                .Where(e => e.Second > 0).Select(e => (e.First, (int)e.Second - 1)));
        }
        return examples;
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
