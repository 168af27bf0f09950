using Microsoft.ML;
using TransferKit.Pipelines.Data;

namespace TransferKit.Toolkit.Commands;

/// <summary>Labeled images for training and testing: a folder of photos, or a dataset of small images such as CIFAR-10.</summary>
/// <param name="Train">The training images.</param>
/// <param name="Test">The test images.</param>
/// <param name="TestCount">The number of test images.</param>
/// <param name="ImageColumn">The column of images.</param>
/// <param name="Folders">The folders that the images are from, training and test; none for a dataset.</param>
internal sealed record LabeledPhotos(IDataView Train, IDataView Test, int TestCount, string ImageColumn, params ImageFolder[] Folders)
{
    /// <summary>Reads a folder, and another one to test on; without, a fraction of the images is held out for testing.</summary>
    public static LabeledPhotos Read(CommandOutput output, MLContext context, DirectoryInfo folder, DirectoryInfo? testFolder,
        double fraction, int seed)
    {
        if (context.Data.IsPixelDataset(folder.FullName))
        {
            output.Log("Testing on the dataset's own test images.");
            var trainImages = context.Data.LoadPixelDataset(folder.FullName);
            var testImages = context.Data.LoadPixelDataset((testFolder ?? folder).FullName, test: true);
            return new(trainImages, testImages, testImages.Count, "Image");
        }
        var all = Commands.Folders.Read(output, context, folder.FullName);
        var (train, test) = Commands.Folders.TrainAndTest(output, context, folder, all, testFolder, fraction, seed);
        return new(train, test, test.Images.Count, "ImagePath", all, test);
    }
}
