using Microsoft.ML;
using Microsoft.ML.Vision;

namespace TransferKit.Pipelines.TensorFlow;

/// <summary>ML.NET's ImageClassificationTrainer as its users have it: raw bytes of image files, MobileNetV2, the last layer in TensorFlow 1.</summary>
public static class StockTrainer
{
    /// <summary>From paths and a key label to a predicted key.</summary>
    /// <param name="context">The context.</param>
    /// <param name="imagePath">The column of paths, absolute or from the working directory.</param>
    /// <param name="label">The label, a key.</param>
    /// <param name="epochs">Passes over the images.</param>
    public static IEstimator<ITransformer> Create(MLContext context, string imagePath, string label, int epochs) =>
        context.Transforms.LoadRawImageBytes("ImageBytes", imageFolder: "", imagePath)
            .Append(context.MulticlassClassification.Trainers.ImageClassification(new ImageClassificationTrainer.Options
            {
                FeatureColumnName = "ImageBytes",
                LabelColumnName = label,
                Arch = ImageClassificationTrainer.Architecture.MobilenetV2,
                Epoch = epochs,
            }));
}
