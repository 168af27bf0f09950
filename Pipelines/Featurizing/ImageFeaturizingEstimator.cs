using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Images;
using TransferKit.Pipelines.Saving;

namespace TransferKit.Pipelines.Featurizing;

/// <summary>Creates a transformer that computes feature vectors of images with a pretrained network. EmptyRow is trained.</summary>
public sealed class ImageFeaturizingEstimator : IEstimator<ImageFeaturizingTransformer>
{
    private readonly Options _options;

    internal ImageFeaturizingEstimator(Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(options.OutputColumnName);
        options.Validate();
        if (options.CacheBytes < 0)
            throw new ArgumentException($"A cache of {options.CacheBytes} bytes is invalid: it must be at least 0 (all in a file).");
        _options = (Options)options.Copy();
    }

    /// <summary>Options of <c>FeaturizeImages</c>: the columns, the network, and how it runs.</summary>
    public sealed class Options : FeaturizerOptions
    {
        /// <summary>The column of features to add: a vector of <see cref="float"/> of known size.</summary>
        public string OutputColumnName { get; set; } = "Features";

        /// <summary>The column of images: paths, encoded image files, or <see cref="MLImage"/>.</summary>
        public string ImageColumnName { get; set; } = "ImagePath";

        /// <summary>
        /// Whether a view keeps its features, because trainers pass over their data many times. They are released with the view. False for
        /// views whose images change from one pass to the next.
        /// </summary>
        public bool CacheFeatures { get; set; } = true;

        /// <summary>Bytes of features that a view keeps in memory; more are kept in a temporary file in the cache folder.</summary>
        public long CacheBytes { get; set; } = 256 << 20;
    }

    /// <summary>Loads the network, and downloads its weights where they are not in the cache.</summary>
    /// <param name="input">
    /// Data with the column of images. Only its schema is read, except for the precision Int8, which is calibrated on some of the images.
    /// </param>
    /// <exception cref="ArgumentException">The input has no column of images of that name, or the weights are unknown.</exception>
    /// <exception cref="InvalidDataException">The weights are malformed or belong to another architecture.</exception>
    /// <exception cref="TransferKit.Weights.DownloadException">The weights could not be downloaded.</exception>
    /// <exception cref="DllNotFoundException">The Torch engine is selected, but no native libtorch is installed.</exception>
    public ImageFeaturizingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var column = ImageColumn.Of(input.Schema, _options.ImageColumnName);
        var featurizer = new ImageFeaturizer(_options, CalibrationImages(input, column));
        return new ImageFeaturizingTransformer(_options, featurizer, column.Type);
    }

    private static IEnumerable<ImageSource> CalibrationImages(IDataView input, DataViewSchema.Column column)
    {
        using var cursor = input.GetRowCursor([column]);
        var read = ImageColumn.Reader(cursor, column, preprocessing: null);
        while (cursor.MoveNext())
            yield return read();
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        ImageColumn.Check(inputSchema, _options.ImageColumnName);
        // SchemaShape.Column has no public constructor; the output schema of a mapping from nothing to a vector contains the right one.
        var nothing = SchemaDefinition.Create(typeof(EmptyRow));
        var vector = SchemaDefinition.Create(typeof(VectorRow));
        vector[nameof(VectorRow.Value)].ColumnName = _options.OutputColumnName;
        return new MLContext().Transforms
            .CustomMapping<EmptyRow, VectorRow>((_, _) => { }, contractName: null, nothing, vector)
            .GetOutputSchema(inputSchema);
    }

    private sealed class VectorRow
    {
        [VectorType(1)]
        public float[] Value { get; set; } = [0];
    }
}
