using Microsoft.Extensions.AI;
using TransferKit.Images;

namespace TransferKit.Pipelines.Serving;

/// <summary>A pretrained network's features as embeddings of images, in the form that .NET's vector stores take.</summary>
public sealed class ImageEmbeddingGenerator : IEmbeddingGenerator<DataContent, Embedding<float>>
{
    private readonly ImageFeaturizer _featurizer;
    private readonly EmbeddingGeneratorMetadata _metadata;

    /// <summary>Loads the network.</summary>
    /// <inheritdoc cref="ImageFeaturizer(FeaturizerOptions)" path="/exception"/>
    public ImageEmbeddingGenerator(FeaturizerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _featurizer = new ImageFeaturizer(options);
        _metadata = new("transferkit", null, options.Backbone.Name, _featurizer.Width);
    }

    /// <summary>The features of images, in their order; computed in batches.</summary>
    /// <param name="values">Encoded images.</param>
    /// <param name="options">Only <c>Dimensions</c> and <c>ModelId</c> are looked at, which must be the network's, or null.</param>
    /// <param name="cancellationToken">Ends the work after the batches under way.</param>
    /// <exception cref="ArgumentException">Another number of dimensions, or another model, is asked for.</exception>
    /// <exception cref="ImageFormatException">One is no readable image.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<DataContent> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        if ((options?.Dimensions ?? _featurizer.Width) != _featurizer.Width || (options?.ModelId ?? _metadata.DefaultModelId) != _metadata.DefaultModelId)
            throw new ArgumentException($"{options!.ModelId} with {options.Dimensions} dimensions was asked for; this is {_metadata.DefaultModelId} with {_featurizer.Width}.", nameof(options));
        return Task.Run(() => new GeneratedEmbeddings<Embedding<float>>(_featurizer.Featurize(values.Select(Source)).Select(f => new Embedding<float>(f)
        {
            CreatedAt = DateTimeOffset.UtcNow,
            ModelId = _metadata.DefaultModelId,
        })), cancellationToken);

        ImageSource Source(DataContent image)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new ImageSource(image.Data.ToArray());
        }
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(EmbeddingGeneratorMetadata) ? _metadata
            : serviceType.IsInstanceOfType(_featurizer) ? _featurizer
            : serviceType.IsInstanceOfType(this) ? this : null;
    }

    /// <summary>Releases the network.</summary>
    public void Dispose() => _featurizer.Dispose();
}
