using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TransferKit;
using TransferKit.Pipelines.Serving;

// Extension methods of services are found there without a further using.
namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds trained models and featurizers to the services of an app.</summary>
public static class ImageClassifierServices
{
    /// <summary>Adds an <see cref="ImageClassifier"/> that all of the app uses; it is loaded when the app starts, and again when the file changes.</summary>
    /// <param name="services">The app's services.</param>
    /// <param name="modelPath">A model that <c>FeaturizeImages</c> and a linear classifier, or <c>FineTuneImages</c>, made and ML.NET saved.</param>
    /// <param name="configure">How calls are gathered, and what is turned away.</param>
    /// <exception cref="ArgumentException">An option is impossible.</exception>
    /// <exception cref="InvalidOperationException">A classifier was added before.</exception>
    public static IServiceCollection AddImageClassifier(this IServiceCollection services, string modelPath, Action<ImageClassifierOptions>? configure = null)
    {
        var options = new ImageClassifierOptions();
        configure?.Invoke(options);
        options.Validate();
        if (services.Any(s => s.ServiceType == typeof(ImageClassifier)))
            throw new InvalidOperationException($"There is an image classifier already; a second one, of '{modelPath}', can be made with its constructor.");
        services.AddSingleton(_ => new ImageClassifier(modelPath, options));
        return services.AddHostedService(provider => new ModelWatcher(provider.GetRequiredService<ImageClassifier>(), options.ReloadInterval,
            provider.GetService<ILogger<ImageClassifier>>() ?? NullLogger<ImageClassifier>.Instance));
    }

    /// <summary>Adds an embedding generator of images, for vector stores and similarity search; its network is loaded when it is first asked for.</summary>
    /// <param name="services">The app's services.</param>
    /// <param name="configure">The network, its weights, and how it runs.</param>
    public static IServiceCollection AddImageEmbeddingGenerator(this IServiceCollection services, Action<FeaturizerOptions>? configure = null) =>
        services.AddSingleton<IEmbeddingGenerator<DataContent, Embedding<float>>>(_ =>
        {
            var options = new FeaturizerOptions();
            configure?.Invoke(options);
            return new ImageEmbeddingGenerator(options);
        });
}
