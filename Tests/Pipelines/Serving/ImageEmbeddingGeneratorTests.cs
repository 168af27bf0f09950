using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using TransferKit.Images;

namespace TransferKit.Tests.Pipelines.Serving;

public sealed class ImageEmbeddingGeneratorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Embeddings_are_the_networks_features()
    {
        string[] files = [.. ImageFiles.In(Drawings.Folder(_folder, each: 3))];
        var services = new ServiceCollection();
        services.AddImageEmbeddingGenerator();
        await using var provider = services.BuildServiceProvider();
        var generator = provider.GetRequiredService<IEmbeddingGenerator<DataContent, Embedding<float>>>();
        DataContent[] images = [.. files.Select(f => new DataContent(File.ReadAllBytes(f), "image/jpeg"))];
        var embeddings = await generator.GenerateAsync(images);
        using var featurizer = new ImageFeaturizer(new FeaturizerOptions());
        Assert.Equal(files.Length, embeddings.Count);
        Assert.All(files.Zip(embeddings), pair => Close.Equal(
            featurizer.Featurize(new ImageSource(pair.First)), pair.Second.Vector.ToArray(), 1e-4, pair.First));
        var metadata = generator.GetService<EmbeddingGeneratorMetadata>()!;
        Assert.Equal(("mobilenet_v3_small", 1024), (metadata.DefaultModelId, metadata.DefaultModelDimensions));

        Assert.Equal("64 dimensions are invalid: mobilenet_v3_small has 1024. (Parameter 'options')",
            await Refused(new() { ModelId = "mobilenet_v3_small", Dimensions = 64 }));
        Assert.Equal("The model 'clip' is not available: this generator runs mobilenet_v3_small. (Parameter 'options')",
            await Refused(new() { ModelId = "clip", Dimensions = 1024 }));
        var broken = new DataContent(new byte[] { 1 }, "image/png");
        await Assert.ThrowsAsync<ImageFormatException>(() => generator.GenerateAsync([broken]));
        var canceled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => generator.GenerateAsync(images, cancellationToken: canceled));

        async Task<string> Refused(EmbeddingGenerationOptions options) =>
            (await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync(images, options))).Message;
    }
}
