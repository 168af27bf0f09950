using TransferKit.Pipelines.Data;

// ML.NET's packages put their extension methods where MLContext is, so that they are found without a further using.
namespace Microsoft.ML;

/// <summary>Adds folders of labeled images to <c>mlContext.Data</c>.</summary>
public static class ImageFolderCatalog
{
    /// <summary>Reads a folder with one sub-folder of images for each class, as columns of paths and labels. Every file is tried.</summary>
    /// <param name="catalog">The data catalog.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="options">Column names, and what to do with files that are no images; null for the defaults.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder below it may not be read.</exception>
    /// <exception cref="TransferKit.Images.ImageFormatException">There are no images, or files that are none and these are to be refused.</exception>
    public static ImageFolder LoadImagesFromFolder(this DataOperationsCatalog catalog, string folder, ImageFolderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return ImageFolderReader.Read(catalog, folder, options ?? new ImageFolderOptions());
    }

    /// <summary>Reads Fashion-MNIST, MNIST (IDX files, gzipped or not) or CIFAR-10 (binary version) from a folder, as columns of images and labels.</summary>
    /// <param name="catalog">The data catalog.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="test">Whether to read the images to test on, instead of those to train on.</param>
    /// <exception cref="InvalidDataException">The folder holds neither, or a file is malformed.</exception>
    public static PixelDataset LoadPixelDataset(this DataOperationsCatalog catalog, string folder, bool test = false)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return IdxReader.IsIn(folder) ? new PixelDataset(catalog, IdxReader.Read(folder, test))
            : CifarReader.IsIn(folder) ? new PixelDataset(catalog, CifarReader.Read(folder, test))
            : throw new InvalidDataException($"'{folder}' holds neither Fashion-MNIST (train-images-idx3-ubyte) nor CIFAR-10 (data_batch_1.bin).");
    }

    /// <summary>Whether a folder holds what <see cref="LoadPixelDataset"/> reads.</summary>
    public static bool IsPixelDataset(this DataOperationsCatalog catalog, string folder) => IdxReader.IsIn(folder) || CifarReader.IsIn(folder);
}
