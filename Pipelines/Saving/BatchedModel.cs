using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Image;
using Microsoft.ML.Transforms.Onnx;
using TransferKit.Pipelines.Featurizing;

namespace TransferKit.Pipelines.Saving;

/// <summary>Loads a model, and puts featurizers that run on batches in the place of those that were saved for ML.NET.</summary>
internal sealed class BatchedModel
{
    private readonly Queue<byte[]> _networks;

    private BatchedModel(IEnumerable<byte[]> networks) => _networks = new(networks);

    /// <summary>Loads a model file.</summary>
    /// <exception cref="InvalidDataException">The file is no ML.NET model, or was saved without an input schema.</exception>
    public static (ITransformer Model, DataViewSchema InputSchema) Load(ModelOperationsCatalog catalog, string path)
    {
        using var file = File.OpenRead(path);
        IReadOnlyList<byte[]> networks;
        try
        {
            networks = SavedOnnxModels.Read(file);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{path}' is not an ML.NET model, which is a .zip file: {e.Message}", e);
        }
        file.Position = 0;
        var model = catalog.Load(file, out var schema);
        try
        {
            if (schema is null)
            {
                throw new InvalidDataException($"The model '{path}' was saved without its input schema, so that its image column is " +
                    "unknown. Save it with `mlContext.Model.Save(model, data.Schema, path)`.");
            }
            return (new BatchedModel(networks).Replace(model, schema), schema);
        }
        catch
        {
            (model as IDisposable)?.Dispose();
            throw;
        }
    }

    private ITransformer Replace(ITransformer step, DataViewSchema schema)
    {
        if (step is not IEnumerable<ITransformer> chain)
        {
            if (step is OnnxTransformer)
                _networks.Dequeue();
            return step;
        }
        if (IsFeaturizer(chain))
        {
            var featurizer = Featurizer(step, schema);
            ((IDisposable)step).Dispose();
            return featurizer;
        }
        var steps = new List<ITransformer>();
        foreach (var part in chain)
        {
            var output = part.GetOutputSchema(schema);
            steps.Add(Replace(part, schema));
            schema = output;
        }
        return new TransformerChain<ITransformer>([.. steps]);
    }

    // The steps of SavedFeaturizer.
    private static bool IsFeaturizer(IEnumerable<ITransformer> chain) => SavedChain.Steps(chain).ToList() is
    [
        ColumnCopyingTransformer, ITransformer, ValueMappingTransformer, ITransformer, ImageResizingTransformer,
        ImagePixelExtractingTransformer, OnnxTransformer, ColumnCopyingTransformer, ColumnSelectingTransformer,
    ];

    private ImageFeaturizingTransformer Featurizer(ITransformer saved, DataViewSchema schema)
    {
        var mapper = saved.GetRowToRowMapper(schema);
        var features = mapper.OutputSchema[^1];
        var image = mapper.GetDependencies([features]).Single();
        var (network, preprocessing) = SavedOnnxModels.ReadNetwork(_networks.Dequeue());
        var options = new ImageFeaturizingEstimator.Options { OutputColumnName = features.Name, ImageColumnName = image.Name };
        return new(options, new ImageFeaturizer(network, preprocessing, options), image.Type);
    }
}
