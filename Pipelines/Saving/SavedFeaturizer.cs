using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using TransferKit.Engines.Onnx;

namespace TransferKit.Pipelines.Saving;

/// <summary>
/// The featurizer as built-in transformers, which ML.NET can save and which need no libtorch: a custom mapping resizes and crops as the
/// weights ask, an OnnxTransformer holds the network. No outside type can write its own bytes into a model file.
/// </summary>
internal static class SavedFeaturizer
{
    public static void Save(ModelSaveContext context, ImageFeaturizer featurizer, string output, string input, DataViewType inputType)
    {
        // The OnnxTransformer copies the model from this file when it is saved itself.
        string folder = Directory.CreateTempSubdirectory("transferkit-").FullName;
        try
        {
            string model = Path.Combine(folder, "network.onnx");
            OnnxExport.Write(featurizer.Network, model, new() { InputName = Columns.Pixels, OutputName = Columns.Result, Normalize = featurizer.Preprocessing, BatchSize = 1 });
            using var chain = Chain(featurizer, model, output, input, inputType);
            ((ICanSaveModel)chain).Save(context);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static TransformerChain<ITransformer> Chain(ImageFeaturizer featurizer, string model, string output, string input, DataViewType inputType)
    {
        var transforms = new MLContext().Transforms;
        int crop = featurizer.Preprocessing.Crop;
        return new EstimatorChain<ITransformer>()
            .Append(transforms.CopyColumns(Columns.Source, input))
            // A custom mapping is saved by name only: what it is to do travels as a constant column.
            .Append(transforms.CustomMapping<Nothing, One>(OneFactory.Map, OneFactory.Contract))
            .Append(transforms.Conversion.MapValue(Columns.Settings,
                new Dictionary<int, string> { [1] = Settings.Format(featurizer.Preprocessing) }, Columns.One))
            .Append(PreprocessFactories.Mapping(transforms, inputType))
            // The image has this size already, and is passed on as it is; but only this says so in the schema.
            .Append(transforms.ResizeImages(Columns.Crop, crop, crop, Columns.Crop, ImageResizingEstimator.ResizingKind.Fill))
            .Append(transforms.ExtractPixels(Columns.Pixels, Columns.Crop))
            .Append(transforms.ApplyOnnxModel(Columns.Result, Columns.Pixels, model))
            .Append(transforms.CopyColumns(output, Columns.Result))
            .Append<ITransformer>(transforms.DropColumns(Columns.All))
            .Fit(new EmptyView(input, inputType));
    }
}
