using Microsoft.ML;
using Microsoft.ML.Vision;

namespace TransferKit.Pipelines.TensorFlow;

/// <summary>
/// ML.NET's ImageClassificationTrainer as its documentation uses it: MobileNetV2 on image files, the last layer trained in TensorFlow.
/// </summary>
public static class StockTrainer
{
    /// <summary>Creates an estimator from paths and key labels to predicted keys.</summary>
    /// <param name="context">The context.</param>
    /// <param name="imageColumnName">The column of paths, absolute or relative to the working directory.</param>
    /// <param name="labelColumnName">The column of labels: a key.</param>
    /// <param name="epochs">The number of epochs.</param>
    public static IEstimator<ITransformer> Create(MLContext context, string imageColumnName, string labelColumnName, int epochs)
    {
        var options = new ImageClassificationTrainer.Options
        {
            FeatureColumnName = "ImageBytes",
            LabelColumnName = labelColumnName,
            Arch = ImageClassificationTrainer.Architecture.MobilenetV2,
            Epoch = epochs,
        };
        return context.Transforms.LoadRawImageBytes(options.FeatureColumnName, imageFolder: "", imageColumnName)
            .Append(context.MulticlassClassification.Trainers.ImageClassification(options));
    }
}
