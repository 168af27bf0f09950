using Microsoft.ML;
using Microsoft.ML.Data;

namespace TransferKit.Pipelines.Featurizing;

/// <summary>Makes the transformer that turns images into feature vectors by a pretrained network; nothing is trained.</summary>
public sealed class ImageFeaturizingEstimator : IEstimator<ImageFeaturizingTransformer>
{
    private readonly Options _options;

    internal ImageFeaturizingEstimator(Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(options.OutputColumnName);
        options.Validate();
        _options = (Options)options.Copy();
    }

    /// <summary>The columns, and which network is run how.</summary>
    public sealed class Options : FeaturizerOptions
    {
        /// <summary>The column that takes the features, a vector of single precision.</summary>
        public string OutputColumnName { get; set; } = "Features";

        /// <summary>The column that holds the images: paths, encoded bytes, or MLImage.</summary>
        public string ImageColumnName { get; set; } = "ImagePath";
    }

    /// <summary>Loads the network; its weights are downloaded where they are not at hand yet.</summary>
    /// <exception cref="ArgumentException">The input has no column of images of that name, or the weights' name is unknown.</exception>
    /// <exception cref="InvalidDataException">The weights are malformed or of another architecture.</exception>
    /// <exception cref="TransferKit.Weights.WeightDownloadException">The weights could not be downloaded.</exception>
    /// <exception cref="DllNotFoundException">The Torch engine is asked for, and the program carries no native libtorch.</exception>
    public ImageFeaturizingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var column = ImageColumn.Of(input.Schema, _options.ImageColumnName);
        return new ImageFeaturizingTransformer(_options, new ImageFeaturizer(_options), column.Type);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        ImageColumn.Check(inputSchema, _options.ImageColumnName);
        // SchemaShape.Column cannot be made outside ML.NET; a mapping from nothing to a vector gives the one that is due.
        var vector = SchemaDefinition.Create(typeof(Vector));
        vector[nameof(Vector.Value)].ColumnName = _options.OutputColumnName;
        return new MLContext().Transforms
            .CustomMapping<Saving.EmptyRow, Vector>((_, _) => { }, contractName: null, SchemaDefinition.Create(typeof(Saving.EmptyRow)), vector)
            .GetOutputSchema(inputSchema);
    }

    private sealed class Vector
    {
        [VectorType(1)]
        public float[] Value { get; set; } = [0];
    }
}
