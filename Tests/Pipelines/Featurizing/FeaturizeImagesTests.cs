using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Engines;
using TransferKit.Images;
using TransferKit.Pipelines.Featurizing;

namespace TransferKit.Tests.Pipelines.Featurizing;

public sealed class FeaturizeImagesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _context = new(1);
    private readonly IDataView _photos;
    private readonly string[] _paths;

    public FeaturizeImagesTests()
    {
        var photos = _context.Data.LoadImagesFromFolder(Drawings.Folder(_folder, each: 11));
        (_photos, _paths) = (photos, [.. photos.Images.Select(i => i.ImagePath)]);
    }

    public void Dispose() => _folder.Dispose();

    private static ImageFeaturizingEstimator.Options Small(Action<ImageFeaturizingEstimator.Options>? set = null)
    {
        var options = new ImageFeaturizingEstimator.Options { Backbone = "mobilenet_v2", Weights = "none", BatchSize = 4, Preprocessing = Preprocessing.ImageNet with { Resize = 72, Crop = 64 } };
        set?.Invoke(options);
        return options;
    }

    private static float[][] Features(IDataView view, string column = "Features") => [.. view.GetColumn<float[]>(column)];

    private static void Equal(float[][] expected, float[][] actual, string what, double tolerance = 1e-4)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Close.Equal(expected[i], actual[i], tolerance, $"{what}, row {i}");
    }

    [Fact]
    public void Features_are_in_order_and_those_of_single_images()
    {
        using var featurizer = new ImageFeaturizer(Small());
        float[][] one = [.. _paths.Select(p => featurizer.Featurize(new ImageSource(p)))];
        Assert.NotEqual(one[0], one[1]);
        using var model = _context.Transforms.FeaturizeImages(Small()).Fit(_photos);
        Equal(one, Features(model.Transform(_photos)), "read ahead");
        using var torch = _context.Transforms.FeaturizeImages(Small(o => o.Engine = EngineKind.Torch)).Fit(_photos);
        Equal(one, Features(torch.Transform(_photos)), "Torch");
    }

    [Fact]
    public void The_schema_is_right_before_and_after()
    {
        var estimator = _context.Transforms.FeaturizeImages(Small(o => o.OutputColumnName = "Deep"));
        // A chain checks each estimator against the shape the one before promises.
        var chain = estimator.Append(_context.Transforms.NormalizeLpNorm("Unit", "Deep"));
        var column = chain.Fit(_photos).GetOutputSchema(_photos.Schema)["Deep"];
        var type = Assert.IsType<VectorDataViewType>(column.Type);
        Assert.Equal((1280, true, NumberDataViewType.Single), (type.Size, type.IsKnownSize, type.ItemType));
        Assert.Equal(["ImagePath", "Label", "Deep"], estimator.Fit(_photos).GetOutputSchema(_photos.Schema).Select(c => c.Name));
    }

    [Fact]
    public void Paths_bytes_and_images_give_the_same_features_also_when_saved_and_loaded()
    {
        float[][] expected = Features(_context.Transforms.FeaturizeImages(Small()).Fit(_photos).Transform(_photos));
        var bytes = _context.Data.LoadFromEnumerable(_paths.Select(p => new BytesRow { Photo = File.ReadAllBytes(p) }));
        // LoadImages decodes by Skia too, but keeps alpha premultiplied; photographs have none.
        var images = _context.Transforms.LoadImages("Photo", null, "ImagePath").Fit(_photos).Transform(_photos);
        foreach (var (what, view, column) in new[] { ("paths", _photos, "ImagePath"), ("bytes", bytes, "Photo"), ("images", images, "Photo") })
        {
            var model = _context.Transforms.FeaturizeImages(Small(o => o.ImageColumnName = column)).Fit(view);
            Equal(expected, Features(model.Transform(view)), what);
            _context.Model.Save(model, view.Schema, _folder.File("model.zip"));
            var loaded = new MLContext().Model.Load(_folder.File("model.zip"), out _);
            var transformed = loaded.Transform(view);
            Equal(expected, Features(transformed), what + ", saved and loaded");
            Assert.DoesNotContain(transformed.Schema, c => !c.IsHidden && c.Name.StartsWith("TransferKit.", StringComparison.Ordinal));
            Assert.Equal(1280, ((VectorDataViewType)transformed.Schema["Features"].Type).Size);
        }
    }

    [Fact]
    public void It_works_in_chains_cross_validation_caches_and_shuffles()
    {
        var pipeline = _context.Transforms.Conversion.MapValueToKey("Label")
            .Append(_context.Transforms.FeaturizeImages(Small()))
            .Append(_context.MulticlassClassification.Trainers.LinearSvm())
            .Append(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        Assert.Equal(2, _context.MulticlassClassification.CrossValidate(_photos, pipeline, numberOfFolds: 2).Count);

        var view = _context.Transforms.FeaturizeImages(Small()).Fit(_photos).Transform(_photos);
        float[][] expected = Features(view);
        Equal(expected, Features(_context.Data.Cache(view)), "cached");
        var byPath = _paths.Zip(expected).ToDictionary();
        var shuffled = _context.Data.ShuffleRows(view, seed: 3, shuffleSource: true);
        string[] order = [.. shuffled.GetColumn<string>("ImagePath")];
        Assert.NotEqual(_paths, order);
        Equal([.. order.Select(p => byPath[p])], Features(shuffled), "shuffled");
    }

    [Fact]
    public void Several_threads_read_one_view_at_once()
    {
        var view = _context.Transforms.FeaturizeImages(Small()).Fit(_photos).Transform(_photos);
        float[][] expected = Features(view);
        Parallel.For(0, 4, _ => Equal(expected, Features(view), "in parallel"));
    }

    [Fact]
    public void A_half_read_cursor_ends_cleanly_and_the_network_is_read_ahead_of_by_a_few_batches_only()
    {
        var progress = new Count();
        var view = _context.Transforms.FeaturizeImages(Small(o => (o.Progress, o.BatchSize, o.Threads) = (progress, 1, 1))).Fit(_photos).Transform(_photos);
        int opened = 0;
        var watched = _context.Data.LoadFromEnumerable(_paths.Select(p => { opened++; return new PathRow { ImagePath = p }; }));
        var ahead = _context.Transforms.FeaturizeImages(Small(o => (o.BatchSize, o.Threads) = (1, 1))).Fit(watched).Transform(watched);
        opened = 0;
        using (var cursor = ahead.GetRowCursor([ahead.Schema["Features"]]))
        {
            Assert.True(cursor.MoveNext());
            Assert.InRange(opened, 1, 8);
        }
        using (var cursor = view.GetRowCursor(view.Schema))
            Assert.True(cursor.MoveNext());
        Assert.True(progress.Last <= 3);
    }

    [Fact]
    public void A_cursor_without_the_features_runs_no_network()
    {
        var progress = new Count();
        var view = _context.Transforms.FeaturizeImages(Small(o => o.Progress = progress)).Fit(_photos).Transform(_photos);
        Assert.Equal(22, view.GetColumn<string>("Label").Count());
        Assert.Equal(0, progress.Last);
    }

    [Fact]
    public void A_prediction_engine_and_a_batch_agree()
    {
        var model = _context.Transforms.FeaturizeImages(Small()).Fit(_photos);
        float[][] expected = Features(model.Transform(_photos));
        using var engine = _context.Model.CreatePredictionEngine<PathRow, Embedded>(model, _photos.Schema);
        Equal(expected, [.. _paths.Select(p => engine.Predict(new PathRow { ImagePath = p }).Features)], "one at a time");
    }

    [Fact]
    public void Any_node_can_be_the_features()
    {
        using var model = _context.Transforms.FeaturizeImages(Small(o => o.Layer = "features.18")).Fit(_photos);
        Assert.Equal(1280 * 2 * 2, model.Width);
        _context.Model.Save(model, _photos.Schema, _folder.File("map.zip"));
        Equal(Features(model.Transform(_photos)), Features(_context.Model.Load(_folder.File("map.zip"), out _).Transform(_photos)), "a map");
    }

    [Fact]
    public void Wrong_options_and_columns_say_what_would_be_right()
    {
        Assert.StartsWith("Unknown backbone 'vgg17'. Did you mean vgg1", Assert.Throws<ArgumentException>(() => _context.Transforms.FeaturizeImages("Features", "ImagePath", "vgg17")).Message, StringComparison.Ordinal);
        Assert.StartsWith("Unknown node 'feature'. Did you mean features?", Assert.Throws<ArgumentException>(() => _context.Transforms.FeaturizeImages(Small(o => o.Layer = "feature"))).Message, StringComparison.Ordinal);
        Assert.StartsWith("A batch size of 0 is invalid", Assert.Throws<ArgumentException>(() => _context.Transforms.FeaturizeImages(Small(o => o.BatchSize = 0))).Message, StringComparison.Ordinal);
        Assert.StartsWith("A crop of 300 pixels", Assert.Throws<ArgumentException>(() => _context.Transforms.FeaturizeImages(Small(o => o.Preprocessing = Preprocessing.ImageNet with { Crop = 300 }))).Message, StringComparison.Ordinal);
        Assert.StartsWith("A mean of (0.5) is invalid", Assert.Throws<ArgumentException>(() => _context.Transforms.FeaturizeImages(Small(o => o.Preprocessing = Preprocessing.ImageNet with { Mean = [0.5f] }))).Message, StringComparison.Ordinal);
        Assert.Equal("There is no column 'Photo' to take images from; there are ImagePath, Label.",
            Assert.Throws<ArgumentException>(() => _context.Transforms.FeaturizeImages(Small(o => o.ImageColumnName = "Photo")).Fit(_photos)).Message);
        var numbers = _context.Data.LoadFromEnumerable([new Embedded { Features = [1, 2] }]);
        Assert.Contains("A path (text), the bytes of an image file", Assert.Throws<ArgumentException>(() =>
            _context.Transforms.FeaturizeImages(Small(o => o.ImageColumnName = "Features")).Fit(numbers)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_image_is_named()
    {
        string broken = _folder.File("broken.jpg");
        File.WriteAllText(broken, "no image");
        var view = _context.Data.LoadFromEnumerable([.. _paths.Take(5).Select(p => new PathRow { ImagePath = p }), new PathRow { ImagePath = broken }]);
        var model = _context.Transforms.FeaturizeImages(Small()).Fit(view);
        Assert.Contains(broken, Assert.Throws<ImageFormatException>(() => Features(model.Transform(view))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cursor_that_failed_fails_the_same_way_again_and_later_options_change_nothing()
    {
        var options = Small(o => o.OutputColumnName = "A");
        var rows = _context.Data.LoadFromEnumerable([new PathRow { ImagePath = _folder.File("gone.jpg") }, new PathRow { ImagePath = _paths[0] }]);
        var model = _context.Transforms.FeaturizeImages(options).Fit(rows);
        options.OutputColumnName = "B";
        var view = model.Transform(rows);
        using var cursor = view.GetRowCursor([view.Schema["A"]]);
        for (int i = 0; i < 2; i++)
            Assert.Contains("gone.jpg", Assert.Throws<ImageFormatException>(() => cursor.MoveNext()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_reaches_the_last_image()
    {
        var progress = new Count();
        Features(_context.Transforms.FeaturizeImages(Small(o => o.Progress = progress)).Fit(_photos).Transform(_photos));
        Assert.Equal(22, progress.Last);
    }

    [Fact]
    public void A_released_transformer_says_so()
    {
        var model = _context.Transforms.FeaturizeImages(Small()).Fit(_photos);
        var view = model.Transform(_photos);
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Features(view));
    }

    [Fact]
    public void Fifty_passes_leave_memory_where_it_was()
    {
        using var model = _context.Transforms.FeaturizeImages(Small()).Fit(_photos);
        var view = model.Transform(_photos);
        for (int i = 0; i < 10; i++)
            Features(view);
        long before = Settle();
        for (int i = 0; i < 50; i++)
            using (var cursor = view.GetRowCursor(view.Schema))
                while (cursor.MoveNext() && cursor.Position < 15)
                    Assert.True(cursor.Position >= 0);
        Assert.InRange(Settle() - before, long.MinValue, 24 << 20);
    }

    private static long Settle()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.PrivateMemorySize64;
    }

    private sealed class Count : IProgress<int>
    {
        public int Last { get; private set; }

        public void Report(int value) => Last = value;
    }

    private sealed class PathRow
    {
        public string ImagePath { get; set; } = "";

        public string Label { get; set; } = "";
    }

    private sealed class BytesRow
    {
        public byte[] Photo { get; set; } = [];
    }

    private sealed class Embedded
    {
        [VectorType(1280)]
        public float[] Features { get; set; } = [];
    }
}
