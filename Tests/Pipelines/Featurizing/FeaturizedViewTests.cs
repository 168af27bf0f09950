using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Images;

namespace TransferKit.Tests.Pipelines.Featurizing;

/// <summary>Views of features: caching, shuffling, parallel and abandoned cursors, failures, and memory.</summary>
public sealed class FeaturizedViewTests : FeaturizingTest
{
    [Fact]
    public void Views_can_be_cached_and_shuffled()
    {
        var view = Fit(Photos).Transform(Photos);
        float[][] expected = Features(view);
        Equal(expected, Features(Context.Data.Cache(view)), "cached");
        var byPath = Paths.Zip(expected).ToDictionary();
        var shuffled = Context.Data.ShuffleRows(view, seed: 3, shuffleSource: true);
        string[] order = [.. shuffled.GetColumn<string>("ImagePath")];
        Assert.NotEqual(Paths, order);
        Equal([.. order.Select(p => byPath[p])], Features(shuffled), "shuffled");
    }

    [Fact]
    public void Several_threads_can_read_a_view_at_the_same_time()
    {
        var model = Fit(Photos);
        float[][] expected = Features(model.Transform(Photos));
        var view = model.Transform(Photos);
        Parallel.For(0, 4, _ => Equal(expected, Features(view), "in parallel"));
    }

    [Fact]
    public void Images_are_read_ahead_by_a_few_batches_only()
    {
        int read = 0;
        var counted = Context.Data.LoadFromEnumerable(Paths.Select(p =>
        {
            read++;
            return new PathRow { ImagePath = p };
        }));
        var view = Fit(counted, o => (o.BatchSize, o.Threads) = (1, 1)).Transform(counted);
        read = 0;
        using var cursor = view.GetRowCursor([view.Schema["Features"]]);
        Assert.True(cursor.MoveNext());
        // The cursor over the rows has read one, and the cursor ahead two batches per thread.
        Assert.InRange(read, 1, 8);
    }

    [Fact]
    public void An_abandoned_cursor_runs_no_further_batches()
    {
        var progress = new LastCount();
        var view = Fit(Photos, o => (o.Progress, o.BatchSize, o.Threads) = (progress, 1, 1)).Transform(Photos);
        using (var cursor = view.GetRowCursor(view.Schema))
            Assert.True(cursor.MoveNext());
        Assert.InRange(progress.Value, 1, 3);
    }

    [Fact]
    public void A_cursor_without_the_features_does_not_run_the_network()
    {
        var progress = new LastCount();
        var view = Fit(Photos, o => o.Progress = progress).Transform(Photos);
        Assert.Equal(22, view.GetColumn<string>("Label").Count());
        Assert.Equal(0, progress.Value);
        using var cursor = view.GetRowCursor([view.Schema["Label"]]);
        Assert.False(cursor.IsColumnActive(view.Schema["Features"]));
        Assert.StartsWith("The column 'Features' was not requested",
            Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<VBuffer<float>>(view.Schema["Features"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_reaches_the_last_image()
    {
        var progress = new LastCount();
        Features(Fit(Photos, o => o.Progress = progress).Transform(Photos));
        Assert.Equal(22, progress.Value);
    }

    [Fact]
    public void A_broken_image_is_named()
    {
        string broken = Folder.File("broken.jpg");
        File.WriteAllText(broken, "no image");
        var view = Context.Data.LoadFromEnumerable(Paths.Take(5).Append(broken).Select(p => new PathRow { ImagePath = p }));
        var error = Assert.Throws<ImageFormatException>(() => Features(Fit(view).Transform(view)));
        Assert.Contains(broken, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_cursor_fails_with_the_same_error_again()
    {
        string[] paths = [Folder.File("gone.jpg"), Paths[0]];
        var rows = Context.Data.LoadFromEnumerable(paths.Select(p => new PathRow { ImagePath = p }));
        var view = Fit(rows).Transform(rows);
        using var cursor = view.GetRowCursor([view.Schema["Features"]]);
        for (int i = 0; i < 2; i++)
            Assert.Contains("gone.jpg", Assert.Throws<ImageFormatException>(() => cursor.MoveNext()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_view_of_a_disposed_transformer_fails()
    {
        var model = Fit(Photos);
        var view = model.Transform(Photos);
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Features(view));
    }

    [Fact]
    public void Abandoned_cursors_do_not_leak_memory()
    {
        using var model = Fit(Photos, o => o.CacheFeatures = false);
        var view = model.Transform(Photos);
        for (int i = 0; i < 10; i++)
            Features(view);
        long before = PrivateMemory();
        for (int i = 0; i < 50; i++)
        {
            using var cursor = view.GetRowCursor(view.Schema);
            int rows = 0;
            while (rows < 15 && cursor.MoveNext())
                rows++;
            Assert.Equal(15, rows);
        }
        long growth = PrivateMemory() - before;
        // Four batches of 4 images are preprocessed in each pass, which are 0.8 MB of inputs: 50 passes that stayed would be 40 MB.
        Assert.True(growth < 24 << 20, $"Memory has grown by {growth >> 20} MB.");
    }

    private static long PrivateMemory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.PrivateMemorySize64;
    }
}
