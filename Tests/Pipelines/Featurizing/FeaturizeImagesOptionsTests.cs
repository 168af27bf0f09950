using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Images;
using TransferKit.Pipelines.Featurizing;

namespace TransferKit.Tests.Pipelines.Featurizing;

/// <summary>The schema, and errors for wrong options and columns.</summary>
public sealed class FeaturizeImagesOptionsTests : FeaturizingTest
{
    [Fact]
    public void The_schema_is_known_before_and_after_fitting()
    {
        var estimator = Context.Transforms.FeaturizeImages(Small(o => o.OutputColumnName = "Deep"));
        // A chain checks each estimator against the shape that the previous one promises.
        var chain = estimator.Append(Context.Transforms.NormalizeLpNorm("Unit", "Deep"));
        var column = chain.Fit(Photos).GetOutputSchema(Photos.Schema)["Deep"];
        var type = Assert.IsType<VectorDataViewType>(column.Type);
        Assert.Equal((1280, true, NumberDataViewType.Single), (type.Size, type.IsKnownSize, type.ItemType));
        Assert.Equal(["ImagePath", "Label", "Deep"], estimator.Fit(Photos).GetOutputSchema(Photos.Schema).Select(c => c.Name));
    }

    [Fact]
    public void The_estimator_keeps_a_copy_of_its_options()
    {
        var options = Small(o => o.OutputColumnName = "A");
        var estimator = Context.Transforms.FeaturizeImages(options);
        options.OutputColumnName = "B";
        var model = estimator.Fit(Photos);
        Assert.Equal(["ImagePath", "Label", "A"], model.GetOutputSchema(Photos.Schema).Select(c => c.Name));
    }

    [Fact]
    public void Invalid_options_are_refused()
    {
        Refused("Unknown node 'feature'. Did you mean features?", o => o.Layer = "feature");
        Refused("A batch size of 0 is invalid: it must be at least 1", o => o.BatchSize = 0);
        Refused("A cache of -1 bytes is invalid: it must be at least 0", o => o.CacheBytes = -1);
        Refused("A crop of 300 pixels", o => o.Preprocessing = Preprocessing.ImageNet with { Crop = 300 });
        Refused("A mean of (0.5) is invalid", o => o.Preprocessing = Preprocessing.ImageNet with { Mean = [0.5f] });
        var unknown = Assert.Throws<ArgumentException>(() => Context.Transforms.FeaturizeImages("Features", "ImagePath", "vgg17"));
        Assert.StartsWith("Unknown backbone 'vgg17'. Did you mean vgg1", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_without_images_are_refused()
    {
        var missing = Assert.Throws<ArgumentException>(() => Fit(Photos, o => o.ImageColumnName = "Photo"));
        Assert.Equal("There is no image column 'Photo'; the columns are ImagePath, Label.", missing.Message);
        var numbers = Context.Data.LoadFromEnumerable([new FeaturesRow { Features = [1, 2] }]);
        var wrongType = Assert.Throws<ArgumentException>(() => Fit(numbers, o => o.ImageColumnName = "Features"));
        Assert.StartsWith("The column 'Features' of type Vector<Single, 1280> does not hold images. It must hold paths (text), ",
            wrongType.Message, StringComparison.Ordinal);
    }

    private void Refused(string message, Action<ImageFeaturizingEstimator.Options> set) => Assert.StartsWith(message,
        Assert.Throws<ArgumentException>(() => Context.Transforms.FeaturizeImages(Small(set))).Message, StringComparison.Ordinal);
}
