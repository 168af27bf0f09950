using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Engines.Onnx;

namespace TransferKit.Pipelines.Saving;

/// <summary>Saves a featurizer as built-in transformers, which compute the same features without libtorch.</summary>
internal static class SavedFeaturizer
{
    /// <summary>Saves a featurizer.</summary>
    /// <param name="context">The model file.</param>
    /// <param name="featurizer">The featurizer.</param>
    /// <param name="outputColumnName">The column that receives the features.</param>
    /// <param name="imageColumnName">The image column.</param>
    /// <param name="imageType">The type of the image column.</param>
    public static void Save(ModelSaveContext context, ImageFeaturizer featurizer, string outputColumnName, string imageColumnName,
        DataViewType imageType) => SavedChain.Save(context, folder =>
    {
        string model = Path.Combine(folder, "network.onnx");
        OnnxExport.Write(featurizer.Network, model,
            new() { InputName = Columns.Pixels, OutputName = Columns.Result, Normalization = featurizer.Preprocessing, BatchSize = 1 });
        var transforms = new MLContext().Transforms;
        var preprocessing = featurizer.Preprocessing;
        var mapping = PreprocessMapping.Create(transforms, imageType);
        return SavedChain.ImageAndSettings(transforms, imageColumnName, PreprocessingSettings.Format(preprocessing))
            .Append(SavedChain.Pixels(transforms, mapping, preprocessing.Crop))
            .Append(transforms.ApplyOnnxModel(Columns.Result, Columns.Pixels, model))
            .Append(transforms.CopyColumns(outputColumnName, Columns.Result))
            .Append<ITransformer>(transforms.DropColumns(Columns.All))
            .Fit(new EmptyView(imageColumnName, imageType));
    });
}
