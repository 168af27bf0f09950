using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using TransferKit.Images;
using TransferKit.Pipelines.Serving;

namespace TransferKit.Tests.Pipelines.Serving;

public sealed class ModelWatcherTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string ModelFile => _folder.File("model.zip");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_new_model_file_is_loaded_while_requests_continue()
    {
        var models = new TrainedModels(_folder);
        var (photos, _, _) = models.Train("svm", ModelFile);
        models.Train("fine-tuned", _folder.File("newer.zip"), seed: 2);
        using var reloads = new MeterEvents<int>("transferkit.classifier.reloads");
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddImageClassifier(ModelFile, o => o.ReloadInterval = TimeSpan.FromMilliseconds(20));
        using var host = builder.Build();
        await host.StartAsync();
        var classifier = host.Services.GetRequiredService<ImageClassifier>();
        Assert.All(await Generations(), g => Assert.Equal(1, g));
        var generations = Task.Run(async () =>
        {
            var seen = new List<int>();
            while (!seen.Contains(2))
                seen.AddRange(await Generations());
            return seen;
        });

        // Renaming is atomic: the watcher never sees part of the file.
        File.Move(_folder.File("newer.zip"), ModelFile, overwrite: true);
        Assert.Equal("loaded", await reloads.NextTag());
        Assert.All(await Generations(), g => Assert.Equal(2, g));
        var distinct = (await generations.WaitAsync(TimeSpan.FromMinutes(1))).Prepend(1).Distinct();
        Assert.Equal([1, 2], distinct);
        await host.StopAsync();
        Assert.Empty(reloads.Rest());

        async Task<int[]> Generations()
        {
            var calls = photos.Images.Take(4).Select(p => classifier.ClassifyAsync(new ImageSource(p.ImagePath)));
            return [.. (await Task.WhenAll(calls)).Select(c => c.Generation)];
        }
    }

    [Fact]
    public void A_file_is_loaded_once_and_only_when_it_no_longer_changes()
    {
        var models = new TrainedModels(_folder);
        models.Train("svm", ModelFile);
        byte[] newer = File.ReadAllBytes(ModelFile);
        using var reloads = new MeterEvents<int>("transferkit.classifier.reloads");
        using var classifier = new ImageClassifier(ModelFile);
        using var watcher = new ModelWatcher(classifier, TimeSpan.Zero, NullLogger<ImageClassifier>.Instance);
        Look(3, generation: 1);

        // Half a file that grows at every look is left alone; the file that stays is loaded at the second look.
        File.WriteAllBytes(ModelFile, newer[..^2000]);
        Look(1, generation: 1);
        File.WriteAllBytes(ModelFile, newer[..^1000]);
        Look(1, generation: 1);
        File.WriteAllBytes(ModelFile, newer);
        Look(1, generation: 1);
        Look(3, generation: 2);

        // A broken file is refused once, and a missing one is ignored.
        File.WriteAllText(ModelFile, "no model");
        Look(4, generation: 2);
        File.Delete(ModelFile);
        Look(3, generation: 2);
        Assert.Equal(["loaded", "refused"], reloads.Rest().Select(r => r.Tag));

        void Look(int times, int generation)
        {
            for (int i = 0; i < times; i++)
                watcher.Look();
            Assert.Equal(generation, classifier.Generation);
        }
    }

    [Fact]
    public void A_symbolic_link_is_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Creating links needs special rights on Windows.");
        string file = _folder.File("first");
        File.WriteAllText(file, "a");
        File.CreateSymbolicLink(_folder.File("link"), file);
        var before = FileStamp.Of(_folder.File("link"));
        Assert.Equal(FileStamp.Of(file), before);
        File.WriteAllText(file, "ab");
        Assert.NotEqual(before, FileStamp.Of(_folder.File("link")));
    }
}
