using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Images;
using TransferKit.Pipelines.Featurizing;

namespace TransferKit.Tests.Pipelines.Featurizing;

/// <summary>The base of tests of <c>FeaturizeImages</c>: 22 small images in a folder, and a small network.</summary>
public abstract class FeaturizingTest : IDisposable
{
    protected FeaturizingTest()
    {
        var photos = Context.Data.LoadImagesFromFolder(Drawings.Folder(Folder, each: 11));
        (Photos, Paths) = (photos, [.. photos.Images.Select(i => i.ImagePath)]);
    }

    protected TemporaryFolder Folder { get; } = new();

    protected MLContext Context { get; } = new(1);

    protected IDataView Photos { get; }

    protected string[] Paths { get; }

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>MobileNetV2 with random weights on images of 64 x 64 pixels.</summary>
    protected static ImageFeaturizingEstimator.Options Small(Action<ImageFeaturizingEstimator.Options>? set = null)
    {
        var options = new ImageFeaturizingEstimator.Options
        {
            Backbone = "mobilenet_v2",
            Weights = "none",
            BatchSize = 4,
            Preprocessing = Preprocessing.ImageNet with { Resize = 72, Crop = 64 },
        };
        set?.Invoke(options);
        return options;
    }

    protected ImageFeaturizingTransformer Fit(IDataView data, Action<ImageFeaturizingEstimator.Options>? set = null) =>
        Context.Transforms.FeaturizeImages(Small(set)).Fit(data);

    protected static float[][] Features(IDataView view) => [.. view.GetColumn<float[]>("Features")];

    protected static void Equal(float[][] expected, float[][] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Close.Equal(expected[i], actual[i], 1e-4, $"{what}, row {i}");
    }

    protected sealed class LastCount : IProgress<int>
    {
        public int Value { get; private set; }

        public void Report(int value) => Value = value;
    }

    protected sealed class PathRow
    {
        public string ImagePath { get; set; } = "";

        public string Label { get; set; } = "";
    }

    protected sealed class BytesRow
    {
        public byte[] Photo { get; set; } = [];
    }

    protected sealed class FeaturesRow
    {
        [VectorType(1280)]
        public float[] Features { get; set; } = [];
    }
}
