using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TransferKit.Images;
using TransferKit.Pipelines.Serving;

namespace TransferKit.Tests.Pipelines.Serving;

public sealed class ImageClassifierTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder.File("model.zip");

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(TrainedModels.Kinds), MemberType = typeof(TrainedModels))]
    public async Task Calls_from_many_threads_are_answered_as_the_model_answers(string kind)
    {
        var (photos, scores, labels) = new TrainedModels(_folder).Train(kind, File);
        var sizes = new List<int>();
        using var listener = Listen<int>("transferkit.classifier.batch_size", (size, _) => sizes.Add(size));
        using var classifier = new ImageClassifier(File, new() { BatchSize = 4, MaxDelay = TimeSpan.FromMilliseconds(50), Threads = 1 });
        Assert.Equal(["bars", "discs"], classifier.Labels);
        await Parallel.ForAsync(0, 3 * photos.Images.Count, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, cancel) =>
        {
            int photo = i % photos.Images.Count;
            var found = await classifier.ClassifyAsync(new ImageSource(await System.IO.File.ReadAllBytesAsync(photos.Images[photo].ImagePath, cancel)), cancel);
            Assert.Equal(labels[photo], found.Label);
            Assert.Equal(found.Label, found.Scores[0].Label);
            Close.Equal(scores[photo], [.. classifier.Labels.Select(l => found.Scores.Single(s => s.Label == l).Score)], 1e-4, $"photo {photo}");
            Assert.Equal((512, 1), (found.Features.Length, found.Generation));
        });
        Assert.Equal(3 * photos.Images.Count, sizes.Sum());
        Assert.Contains(sizes, s => s > 1);
        Assert.All(sizes, s => Assert.InRange(s, 1, 4));
    }

    [Fact]
    public async Task An_image_that_cannot_be_read_fails_its_own_call_only()
    {
        var (photos, _, labels) = new TrainedModels(_folder).Train("svm", File);
        var outcomes = new List<string>();
        using var listener = Listen<double>("transferkit.classifier.duration", (_, outcome) => outcomes.Add(outcome));
        using var classifier = new ImageClassifier(File, new() { MaxDelay = TimeSpan.FromMilliseconds(200), Threads = 1, MaxPixels = 20_000 });
        var good = classifier.ClassifyAsync(new ImageSource(photos.Images[0].ImagePath));
        var broken = classifier.ClassifyAsync(new ImageSource([1, 2, 3]));
        var large = classifier.ClassifyAsync(new ImageSource(new Picture(200, 101, new byte[4 * 200 * 101])));
        Assert.Equal(labels[0], (await good).Label);
        Assert.Equal("the image: not an image (JPEG, PNG, WebP, BMP or GIF is read).", (await Assert.ThrowsAsync<ImageFormatException>(() => broken)).Message);
        Assert.Equal("200 x 101 pixels are more than the 20000 that are accepted.", (await Assert.ThrowsAsync<ImageFormatException>(() => large)).Message);
        Assert.Equal(["done", "unreadable", "unreadable"], outcomes.Order());
    }

    [Fact]
    public async Task A_newer_model_is_loaded_under_load_and_a_broken_one_refused()
    {
        var models = new TrainedModels(_folder);
        var (photos, _, _) = models.Train("svm", File);
        models.Train("fine-tuned", _folder.File("newer.zip"), seed: 2);
        var outcomes = new List<string>();
        using var listener = Listen<int>("transferkit.classifier.reloads", (_, outcome) => outcomes.Add(outcome));
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddImageClassifier(File, o => o.ReloadInterval = TimeSpan.FromMilliseconds(20));
        using var host = builder.Build();
        await host.StartAsync();
        var classifier = host.Services.GetRequiredService<ImageClassifier>();
        using var stop = new CancellationTokenSource();
        var generations = new List<int>();
        var load = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                generations.AddRange((await Task.WhenAll(photos.Images.Take(4).Select(p => classifier.ClassifyAsync(new ImageSource(p.ImagePath))))).Select(f => f.Generation));
        });

        await System.IO.File.WriteAllTextAsync(File, "no model");
        await Until(() => outcomes.Count == 1);
        System.IO.File.Move(_folder.File("newer.zip"), File, overwrite: true);
        await Until(() => outcomes.Count == 2 && generations.Contains(2));
        System.IO.File.Delete(File);
        await Task.Delay(100);
        await stop.CancelAsync();
        await load;
        Assert.Equal(["refused", "loaded"], outcomes);
        Assert.Equal([1, 2], generations.Distinct());
        Assert.Equal(2, classifier.Generation);
        await host.StopAsync();
    }

    [Fact]
    public void Of_a_link_what_it_leads_to_is_looked_at_and_a_second_classifier_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        string file = _folder.File("first");
        System.IO.File.WriteAllText(file, "a");
        System.IO.File.CreateSymbolicLink(_folder.File("link"), file);
        var before = FileStamp.Of(_folder.File("link"));
        Assert.Equal(FileStamp.Of(file), before);
        System.IO.File.WriteAllText(file, "ab");
        Assert.NotEqual(before, FileStamp.Of(_folder.File("link")));
        var services = new ServiceCollection().AddImageClassifier("a.zip");
        Assert.Contains("of 'b.zip'", Assert.Throws<InvalidOperationException>(() => services.AddImageClassifier("b.zip")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_cannot_be_served_is_refused_with_a_reason()
    {
        Assert.StartsWith($"'{Path.GetFullPath("missing.zip")}' is no classifier of images that can be served: Could not find file", Refused("missing.zip"), StringComparison.Ordinal);
        System.IO.File.WriteAllText(File, "no model");
        Assert.StartsWith($"'{File}' is no classifier of images that can be served:", Refused(File), StringComparison.Ordinal);
        Assert.StartsWith("Batches of 0,", Assert.Throws<ArgumentException>(() => new ServiceCollection().AddImageClassifier(File, o => o.BatchSize = 0)).Message, StringComparison.Ordinal);

        static string Refused(string file) => Assert.Throws<InvalidDataException>(() => new ImageClassifier(file)).Message;
    }

    [Fact]
    public async Task Neither_calls_nor_models_stay_in_memory()
    {
        var (photos, _, _) = new TrainedModels(_folder).Train("svm", File);
        using var classifier = new ImageClassifier(File);
        byte[] photo = await System.IO.File.ReadAllBytesAsync(photos.Images[0].ImagePath);
        var megabytes = new List<long>();
        for (int i = 0; i < 12; i++)
        {
            await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => classifier.ClassifyAsync(new ImageSource(photo))));
            // 45 MB of weights each time, and as much again in ONNX Runtime.
            classifier.Reload();
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            megabytes.Add(Environment.WorkingSet >> 20);
        }
        // Eight that stayed would be 700; what the process takes for a moment is up to 200.
        Assert.True(megabytes[^4..].Min() - megabytes[..4].Min() < 350, string.Join(' ', megabytes));
    }

    private static MeterListener Listen<T>(string instrument, Action<T, string> heard) where T : struct
    {
        var listener = new MeterListener { InstrumentPublished = (i, l) => { if (i.Name == instrument) l.EnableMeasurementEvents(i); } };
        listener.SetMeasurementEventCallback<T>((_, value, tags, _) =>
        {
            lock (heard)
                heard(value, tags.Length > 0 ? $"{tags[0].Value}" : "");
        });
        listener.Start();
        return listener;
    }

    private static async Task Until(Func<bool> happened)
    {
        for (int i = 0; !happened(); i++)
        {
            Assert.True(i < 600, "It did not happen within a minute.");
            await Task.Delay(100);
        }
    }
}
