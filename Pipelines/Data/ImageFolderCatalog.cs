using TransferKit.Pipelines.Data;

// ML.NET's packages put their extension methods where MLContext is, so that they are found without a further using.
namespace Microsoft.ML;

/// <summary>Adds folders of labelled images to <c>mlContext.Data</c>.</summary>
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
}
