using Microsoft.Extensions.AI;
using TransferKit.Images;

namespace TransferKit.Pipelines.Serving;

/// <summary>Generates embeddings of images, which are the features of a pretrained network, for .NET's vector stores.</summary>
public sealed class ImageEmbeddingGenerator : IEmbeddingGenerator<DataContent, Embedding<float>>
{
    private readonly ImageFeaturizer _featurizer;
    private readonly EmbeddingGeneratorMetadata _metadata;

    /// <summary>Loads the network.</summary>
    /// <param name="options">The network, its weights, and how it runs. The generator keeps a copy.</param>
    /// <inheritdoc cref="ImageFeaturizer(FeaturizerOptions)" path="/exception"/>
    public ImageEmbeddingGenerator(FeaturizerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _featurizer = new ImageFeaturizer(options);
        _metadata = new("transferkit", null, options.Backbone.Name, _featurizer.Width);
    }

    /// <summary>Computes the embeddings of images in batches, and returns them in the images' order.</summary>
    /// <param name="values">The content of image files.</param>
    /// <param name="options"><c>Dimensions</c> and <c>ModelId</c> must be those of the network, or null; other options are ignored.</param>
    /// <param name="cancellationToken">Stops after the running batches.</param>
    /// <exception cref="ArgumentException">The options ask for another number of dimensions or another model.</exception>
    /// <exception cref="ImageFormatException">An image is not readable.</exception>
    /// <exception cref="OperationCanceledException">The work was canceled.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<DataContent> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        Check(options);
        return Task.Run(Generate, cancellationToken);

        GeneratedEmbeddings<Embedding<float>> Generate() => new(_featurizer.Featurize(values.Select(Source)).Select(Embed));

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
        if (serviceKey is not null)
            return null;
        object[] services = [_metadata, _featurizer, this];
        return services.FirstOrDefault(serviceType.IsInstanceOfType);
    }

    /// <summary>Releases the network.</summary>
    public void Dispose() => _featurizer.Dispose();

    private void Check(EmbeddingGenerationOptions? options)
    {
        var (model, width) = (_metadata.DefaultModelId, _featurizer.Width);
        if ((options?.Dimensions ?? width) != width)
            throw new ArgumentException($"{options!.Dimensions} dimensions are invalid: {model} has {width}.", nameof(options));
        if ((options?.ModelId ?? model) != model)
            throw new ArgumentException($"The model '{options!.ModelId}' is not available: this generator runs {model}.", nameof(options));
    }

    private Embedding<float> Embed(float[] features) =>
        new(features) { CreatedAt = DateTimeOffset.UtcNow, ModelId = _metadata.DefaultModelId };
}
