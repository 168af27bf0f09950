using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TransferKit;
using TransferKit.Pipelines.Serving;

// Extension methods of IServiceCollection are put into its namespace by convention, so that no further using is needed.
namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds image classifiers and embedding generators to the services of an app.</summary>
public static class ServingServiceCollectionExtensions
{
    /// <summary>Adds an <see cref="ImageClassifier"/>, loaded when the app starts and reloaded when its file changes.</summary>
    /// <param name="services">The app's services.</param>
    /// <param name="modelPath">A saved model of <c>FeaturizeImages</c> and a linear classifier, or of <c>FineTuneImages</c>.</param>
    /// <param name="configure">Sets batching, limits and reloading; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is invalid.</exception>
    /// <exception cref="InvalidOperationException">The services already contain an image classifier.</exception>
    public static IServiceCollection AddImageClassifier(
        this IServiceCollection services, string modelPath, Action<ImageClassifierOptions>? configure = null)
    {
        var options = new ImageClassifierOptions();
        configure?.Invoke(options);
        options.Validate();
        if (services.Any(s => s.ServiceType == typeof(ImageClassifier)))
            throw new InvalidOperationException(
                $"The services already contain an image classifier. Create a second one, for '{modelPath}', with its constructor.");
        services.AddSingleton(_ => new ImageClassifier(modelPath, options));
        return services.AddHostedService(provider => new ModelWatcher(
            provider.GetRequiredService<ImageClassifier>(),
            options.ReloadInterval,
            provider.GetService<ILogger<ImageClassifier>>() ?? NullLogger<ImageClassifier>.Instance));
    }

    /// <summary>Adds an embedding generator for images, whose network is loaded on first use.</summary>
    /// <param name="services">The app's services.</param>
    /// <param name="configure">Sets the network, its weights, and how it runs; null for the defaults.</param>
    public static IServiceCollection AddImageEmbeddingGenerator(
        this IServiceCollection services, Action<FeaturizerOptions>? configure = null) =>
        services.AddSingleton<IEmbeddingGenerator<DataContent, Embedding<float>>>(_ =>
        {
            var options = new FeaturizerOptions();
            configure?.Invoke(options);
            return new ImageEmbeddingGenerator(options);
        });
}
