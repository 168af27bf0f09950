using Microsoft.Extensions.DependencyInjection;
using TransferKit.Images;
using TransferKit.Pipelines.Serving;

namespace TransferKit.Tests.Pipelines.Serving;

public sealed class ImageClassifierTests : IDisposable
{
    // A full batch does not wait; the delay only bounds how long a test that fails would take.
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(10);

    private readonly TemporaryFolder _folder = new();

    private string ModelFile => _folder.File("model.zip");

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(TrainedModels.Kinds), MemberType = typeof(TrainedModels))]
    public async Task Calls_from_many_threads_get_the_models_predictions_in_full_batches(string kind)
    {
        var (photos, scores, labels) = new TrainedModels(_folder).Train(kind, ModelFile);
        using var sizes = new MeterEvents<int>("transferkit.classifier.batch_size");
        using var classifier = new ImageClassifier(ModelFile, new() { BatchSize = 4, MaxDelay = Long, Threads = 1 });
        Assert.Equal(["bars", "discs"], classifier.Labels);
        byte[][] files = [.. photos.Images.Select(i => File.ReadAllBytes(i.ImagePath))];
        var calls = new Task<ImageClassification>[3 * files.Length];
        Parallel.For(0, calls.Length, i => calls[i] = classifier.ClassifyAsync(new ImageSource(files[i % files.Length])));
        var results = await Task.WhenAll(calls);
        foreach (var (i, result) in results.Index())
        {
            int photo = i % files.Length;
            Assert.Equal(labels[photo], result.Label);
            Assert.Equal(result.Label, result.Scores[0].Label);
            float[] byLabel = [.. classifier.Labels.Select(l => result.Scores.Single(s => s.Label == l).Score)];
            Close.Equal(scores[photo], byLabel, 1e-4, $"photo {photo}");
            Assert.Equal((512, 1), (result.Features.Length, result.Generation));
        }
        Assert.Equal(Enumerable.Repeat(4, calls.Length / 4), sizes.Rest().Select(s => s.Value));
    }

    [Fact]
    public async Task An_image_that_cannot_be_read_fails_its_own_call_only()
    {
        var (photos, _, labels) = new TrainedModels(_folder).Train("svm", ModelFile);
        using var sizes = new MeterEvents<int>("transferkit.classifier.batch_size");
        using var durations = new MeterEvents<double>("transferkit.classifier.duration");
        using var classifier = new ImageClassifier(ModelFile, new() { BatchSize = 3, MaxDelay = Long, Threads = 1, MaxPixels = 20_000 });
        var good = classifier.ClassifyAsync(new ImageSource(photos.Images[0].ImagePath));
        var broken = classifier.ClassifyAsync(new ImageSource([1, 2, 3]));
        var large = classifier.ClassifyAsync(new ImageSource(new Picture(200, 101, new byte[4 * 200 * 101])));
        Assert.Equal(labels[0], (await good).Label);
        Assert.Equal("the image: not an image (JPEG, PNG, WebP, BMP or GIF is read).",
            (await Assert.ThrowsAsync<ImageFormatException>(() => broken)).Message);
        Assert.Equal("200 x 101 pixels are more than the 20000 that are accepted.",
            (await Assert.ThrowsAsync<ImageFormatException>(() => large)).Message);
        Assert.Equal([3], sizes.Rest().Select(s => s.Value));
        Assert.Equal(["done", "unreadable", "unreadable"], durations.Rest().Select(d => d.Tag).Order());
    }

    [Fact]
    public void A_model_that_cannot_be_served_is_refused_with_a_reason()
    {
        const string Reason = "is not an image classifier that can be served:";
        string missing = _folder.File("missing.zip");
        Assert.StartsWith($"'{missing}' {Reason} Could not find file", Refused(missing), StringComparison.Ordinal);
        File.WriteAllText(ModelFile, "no model");
        Assert.StartsWith($"'{ModelFile}' {Reason}", Refused(ModelFile), StringComparison.Ordinal);

        static string Refused(string file) => Assert.Throws<InvalidDataException>(() => new ImageClassifier(file)).Message;
    }

    [Fact]
    public void Invalid_options_and_a_second_classifier_are_refused()
    {
        Assert.Equal("A batch size of 0 is invalid: it must be at least 1 (16 is usual).", Refused(o => o.BatchSize = 0));
        Assert.Equal("A queue length of -1 is invalid: it must be at least 1 (256 is usual).", Refused(o => o.QueueLength = -1));
        Assert.Equal("A delay of 00:00:11 is invalid: it must be from 0 to 00:00:10.", Refused(o => o.MaxDelay = TimeSpan.FromSeconds(11)));
        Assert.Equal("A reload interval of -00:00:01 is invalid: it must be from 0 to 1.00:00:00.",
            Refused(o => o.ReloadInterval = -TimeSpan.FromSeconds(1)));
        var services = new ServiceCollection().AddImageClassifier("a.zip");
        var second = Assert.Throws<InvalidOperationException>(() => services.AddImageClassifier("b.zip"));
        Assert.Contains("for 'b.zip'", second.Message, StringComparison.Ordinal);

        static string Refused(Action<ImageClassifierOptions> configure) =>
            Assert.Throws<ArgumentException>(() => new ServiceCollection().AddImageClassifier("a.zip", configure)).Message;
    }

    [Fact]
    public async Task The_current_model_can_be_explained()
    {
        var (photos, _, _) = new TrainedModels(_folder).Train("svm", ModelFile);
        using var classifier = new ImageClassifier(ModelFile);
        using var explainer = classifier.CreateExplainer(new() { Method = TransferKit.Maps.MapMethod.Cam });
        var image = new ImageSource(photos.Images[0].ImagePath);
        var (classified, explained) = (await classifier.ClassifyAsync(image), explainer.Explain(image));
        Assert.Equal(classified.Label, explained.Label);
        Assert.Equal(classified.Scores[0].Score, explained.Score, 1e-3f);
    }

    [Fact]
    public async Task Neither_calls_nor_models_stay_in_memory()
    {
        var (photos, _, _) = new TrainedModels(_folder).Train("svm", ModelFile);
        using var classifier = new ImageClassifier(ModelFile);
        byte[] photo = await File.ReadAllBytesAsync(photos.Images[0].ImagePath);
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
        // Eight models that stayed would be 700 MB; the process needs up to 200 MB for a moment.
        Assert.True(megabytes[^4..].Min() - megabytes[..4].Min() < 350, string.Join(' ', megabytes));
    }
}
