using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Weights;

namespace TransferKit.Tests.Pipelines.Featurizing;

/// <summary>The cache of a view: each of the 22 images goes through the network once, whoever reads the view, and how.</summary>
public sealed class FeatureCacheTests : FeaturizingTest
{
    private readonly BatchCount _batches = new();

    [Fact]
    public void A_trainer_of_many_passes_runs_the_network_once_for_each_image()
    {
        var pipeline = Context.Transforms.Conversion.MapValueToKey("Label")
            .Append(Context.Transforms.FeaturizeImages(Small(Count)))
            .Append(Context.MulticlassClassification.Trainers.SdcaMaximumEntropy(maximumNumberOfIterations: 20));
        using var model = pipeline.Fit(Photos);
        Assert.Equal(22, _batches.Value);
    }

    [Fact]
    public void Without_the_cache_each_pass_computes_anew()
    {
        var view = View(o => o.CacheFeatures = false);
        Equal(Features(view), Features(view), "second pass");
        Assert.Equal(44, _batches.Value);
    }

    [Fact]
    public void A_pass_after_one_that_ended_early_computes_the_other_rows_in_batches()
    {
        var view = View(o => (o.BatchSize, o.Threads) = (4, 1));
        using (var cursor = view.GetRowCursor(view.Schema))
            for (int i = 0; i < 5; i++)
                Assert.True(cursor.MoveNext());
        Assert.Equal(2, _batches.Value);
        Equal(Expected(), Features(view), "second pass");
        // 17 images in batches of 4.
        Assert.Equal(2 + 5, _batches.Value);
        Equal(Expected(), Features(view), "third pass");
        Assert.Equal(2 + 5, _batches.Value);
    }

    [Fact]
    public void Shuffled_rows_are_recognized()
    {
        var view = View();
        var byPath = Paths.Zip(Expected()).ToDictionary();
        foreach (int seed in new[] { 3, 4 })
        {
            var shuffled = Context.Data.ShuffleRows(view, seed, shuffleSource: true);
            float[][] features = Features(shuffled);
            Equal([.. shuffled.GetColumn<string>("ImagePath").Select(p => byPath[p])], features, $"seed {seed}");
        }
        Equal(Expected(), Features(view), "in order");
        Assert.Equal(22, _batches.Value);
    }

    [Fact]
    public void Rows_that_a_bootstrap_sample_repeats_are_told_apart()
    {
        var sample = Context.Data.BootstrapSample(Photos, seed: 2);
        string[] paths = [.. sample.GetColumn<string>("ImagePath")];
        Assert.NotEqual(paths.Length, paths.Distinct().Count());
        var byPath = Paths.Zip(Expected()).ToDictionary();
        var view = View(photos: sample);
        for (int pass = 0; pass < 2; pass++)
            Equal([.. paths.Select(p => byPath[p])], Features(view), $"pass {pass}");
        Assert.Equal(paths.Length, _batches.Value);
    }

    /// <summary>Each cursor finds in the cache what the other has computed, also rows that it has read ahead itself.</summary>
    [Fact]
    public void Two_cursors_at_once_share_what_they_compute()
    {
        var view = View();
        float[][] expected = Expected();
        using var even = view.GetRowCursor(view.Schema);
        using var odd = view.GetRowCursor(view.Schema);
        for (int row = 0; row < 22; row++)
            foreach (var cursor in row % 2 == 0 ? [even, odd] : new[] { odd, even })
            {
                Assert.True(cursor.MoveNext());
                VBuffer<float> features = default;
                cursor.GetGetter<VBuffer<float>>(view.Schema["Features"])(ref features);
                Close.Equal(expected[row], features.GetValues().ToArray(), 1e-4, $"row {row}");
            }
        Assert.InRange(_batches.Value, 22, 43);
    }

    [Fact]
    public void Beyond_the_memory_limit_a_file_keeps_the_features_until_the_view_is_released()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs /proc.");
        WithCacheFolder(Folder.File("cache"), () =>
        {
            ReadTwice();
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Assert.Equal(0, OpenFiles());
        });

        [MethodImpl(MethodImplOptions.NoInlining)]
        void ReadTwice()
        {
            // Memory for 3 of the 22 rows.
            var view = View(o => o.CacheBytes = 3 * 1280 * sizeof(float));
            float[][] expected = Features(view);
            Equal(expected, Features(view), "from the file");
            Assert.Equal(22, _batches.Value);
            Assert.Equal(1, OpenFiles());
            GC.KeepAlive(view);
        }

        int OpenFiles() => Directory.GetFiles("/proc/self/fd").Select(f => File.ResolveLinkTarget(f, returnFinalTarget: false)?.FullName)
            .Count(target => target?.StartsWith(Folder.File("cache"), StringComparison.Ordinal) == true);
    }

    [Fact]
    public void Where_the_file_cannot_be_written_an_error_says_what_to_do()
    {
        string home = Folder.File("file");
        File.WriteAllText(home, "no folder");
        WithCacheFolder(home, () =>
        {
            var view = View(o => o.CacheBytes = 0);
            string message = Assert.Throws<IOException>(() => Features(view)).Message;
            Assert.StartsWith("The features of images cannot be kept in a file: ", message, StringComparison.Ordinal);
            Assert.Contains(home, message, StringComparison.Ordinal);
            Assert.EndsWith("or CacheFeatures to false.", message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Rows_without_ids_of_their_own_are_refused()
    {
        var rows = new ConstantIds(Photos);
        string message = Assert.Throws<InvalidOperationException>(() => Features(View(photos: rows))).Message;
        Assert.StartsWith("Two rows of the input have the same id ", message, StringComparison.Ordinal);
        Equal(Expected(), Features(View(o => o.CacheFeatures = false, rows)), "without the cache");
    }

    private void Count(ImageFeaturizingEstimator.Options options) => (options.Progress, options.BatchSize) = (_batches, 1);

    private IDataView View(Action<ImageFeaturizingEstimator.Options>? set = null, IDataView? photos = null) =>
        Fit(Photos, (Action<ImageFeaturizingEstimator.Options>)Count + set).Transform(photos ?? Photos);

    private float[][] Expected() => Features(Fit(Photos).Transform(Photos));

    private static void WithCacheFolder(string folder, Action test)
    {
        Environment.SetEnvironmentVariable(CacheFolder.Variable, folder);
        try
        {
            test();
        }
        finally
        {
            Environment.SetEnvironmentVariable(CacheFolder.Variable, null);
        }
    }

    private sealed class BatchCount : IProgress<int>
    {
        private int _value;

        public int Value => _value;

        public void Report(int value) => Interlocked.Increment(ref _value);
    }
}
