using Microsoft.ML;
using TransferKit.Pipelines.Data;

namespace TransferKit.Toolkit.Commands;

/// <summary>What a command trains and tests on: a folder of photos, or a classic collection of small images.</summary>
internal sealed record LabeledPhotos(IDataView Train, IDataView Test, int TestCount, string ImageColumn, params ImageFolder[] Folders)
{
    /// <summary>Reads the folder, and the other to test on, or sets part of it aside.</summary>
    public static LabeledPhotos Read(Shell shell, MLContext context, DirectoryInfo folder, DirectoryInfo? testFolder, double fraction, int seed)
    {
        if (context.Data.IsPixelDataset(folder.FullName))
        {
            shell.Log("Testing on the collection's own test images.");
            var (pixels, tested) = (context.Data.LoadPixelDataset(folder.FullName), context.Data.LoadPixelDataset((testFolder ?? folder).FullName, test: true));
            return new(pixels, tested, tested.Count, "Image");
        }
        var all = Commands.Folders.Read(shell, context, folder.FullName);
        var (train, test) = Commands.Folders.TrainAndTest(shell, context, folder, all, testFolder, fraction, seed);
        return new(train, test, test.Images.Count, "ImagePath", all, test);
    }
}
