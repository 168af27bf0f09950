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
        Assert.All(files.Zip(embeddings), p => Close.Equal(featurizer.Featurize(new ImageSource(p.First)), p.Second.Vector.ToArray(), 1e-4, p.First));
        Assert.Equal(("mobilenet_v3_small", 1024), (generator.GetService<EmbeddingGeneratorMetadata>()!.DefaultModelId, generator.GetService<EmbeddingGeneratorMetadata>()!.DefaultModelDimensions));
        Assert.Equal("mobilenet_v3_small with 64 dimensions was asked for; this is mobilenet_v3_small with 1024. (Parameter 'options')",
            (await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync(images, new() { ModelId = "mobilenet_v3_small", Dimensions = 64 }))).Message);
        await Assert.ThrowsAsync<ImageFormatException>(() => generator.GenerateAsync([new DataContent(new byte[] { 1 }, "image/png")]));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => generator.GenerateAsync(images, cancellationToken: new CancellationToken(true)));
    }
}
