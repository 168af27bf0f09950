using Microsoft.ML;
using TransferKit.Engines;
using TransferKit.Images;

namespace TransferKit.Tests.Pipelines.Featurizing;

/// <summary>The features: those of single images, whatever the engine, the column, the pipeline, or the form of the model.</summary>
public sealed class FeaturizeImagesTests : FeaturizingTest
{
    [Fact]
    public void Features_are_those_of_single_images_in_the_order_of_the_rows()
    {
        using var featurizer = new ImageFeaturizer(Small());
        float[][] expected = [.. Paths.Select(p => featurizer.Featurize(new ImageSource(p)))];
        Assert.NotEqual(expected[0], expected[1]);
        using var model = Fit(Photos);
        Equal(expected, Features(model.Transform(Photos)), "read ahead");
        using var torch = Fit(Photos, o => o.Engine = EngineKind.Torch);
        Equal(expected, Features(torch.Transform(Photos)), "Torch");
    }

    [Fact]
    public void Paths_bytes_and_images_give_the_same_features_also_when_saved_and_loaded()
    {
        float[][] expected = Features(Fit(Photos).Transform(Photos));
        var bytes = Context.Data.LoadFromEnumerable(Paths.Select(p => new BytesRow { Photo = File.ReadAllBytes(p) }));
        // LoadImages decodes with Skia too, but premultiplies alpha; these images are opaque.
        var images = Context.Transforms.LoadImages("Photo", null, "ImagePath").Fit(Photos).Transform(Photos);
        (string, IDataView, string)[] forms = [("paths", Photos, "ImagePath"), ("bytes", bytes, "Photo"), ("images", images, "Photo")];
        foreach (var (what, view, column) in forms)
        {
            var model = Fit(view, o => o.ImageColumnName = column);
            Equal(expected, Features(model.Transform(view)), what);
            Context.Model.Save(model, view.Schema, Folder.File("model.zip"));
            var transformed = new MLContext().Model.Load(Folder.File("model.zip"), out _).Transform(view);
            Equal(expected, Features(transformed), what + ", saved and loaded");
            Assert.DoesNotContain(transformed.Schema, c => !c.IsHidden && c.Name.StartsWith("TransferKit.", StringComparison.Ordinal));
            Assert.Equal(1280, ((Microsoft.ML.Data.VectorDataViewType)transformed.Schema["Features"].Type).Size);
        }
    }

    [Fact]
    public void The_value_of_any_layer_can_be_the_features()
    {
        using var model = Fit(Photos, o => o.Layer = "features.18");
        Assert.Equal(1280 * 2 * 2, model.Width);
        Context.Model.Save(model, Photos.Schema, Folder.File("map.zip"));
        var loaded = Context.Model.Load(Folder.File("map.zip"), out _);
        Equal(Features(model.Transform(Photos)), Features(loaded.Transform(Photos)), "a feature map");
    }

    [Fact]
    public void A_prediction_engine_gives_the_same_features_as_a_view()
    {
        var model = Fit(Photos);
        using var engine = Context.Model.CreatePredictionEngine<PathRow, FeaturesRow>(model, Photos.Schema);
        float[][] predicted = [.. Paths.Select(p => engine.Predict(new PathRow { ImagePath = p }).Features)];
        Equal(Features(model.Transform(Photos)), predicted, "one at a time");
    }

    [Fact]
    public void Pipelines_are_cross_validated()
    {
        var pipeline = Context.Transforms.Conversion.MapValueToKey("Label")
            .Append(Context.Transforms.FeaturizeImages(Small()))
            .Append(Context.MulticlassClassification.Trainers.LinearSvm())
            .Append(Context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        Assert.Equal(2, Context.MulticlassClassification.CrossValidate(Photos, pipeline, numberOfFolds: 2).Count);
    }
}
