using TransferKit.Pipelines.Data;

// ML.NET's packages put their extension methods into the namespace of MLContext, so that no further using is needed.
namespace Microsoft.ML;

/// <summary>Adds the loading of labeled image folders to <c>mlContext.Data</c>.</summary>
public static class ImageFolderCatalog
{
    /// <summary>
    /// Loads a folder with one subfolder of images for each class, following links. Every file is decoded once to check it.
    /// </summary>
    /// <param name="catalog">The data catalog.</param>
    /// <param name="folder">The folder; the name of each subfolder is the label of its images.</param>
    /// <param name="options">Column names, and what is done with unreadable files; null for the defaults. The view keeps a copy.</param>
    /// <param name="cancellationToken">Stops the checking of files.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="UnauthorizedAccessException">A subfolder may not be read.</exception>
    /// <exception cref="TransferKit.Images.ImageFormatException">
    /// There are no readable images in subfolders, or the subfolders are parts of a dataset, such as train and test, that hold the folders
    /// of classes, or there are unreadable files and the options refuse them.
    /// </exception>
    /// <exception cref="OperationCanceledException">The loading was canceled.</exception>
    public static ImageFolder LoadImagesFromFolder(this DataOperationsCatalog catalog, string folder,
        ImageFolderOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return ImageFolderReader.Read(catalog, folder, options?.Copy() ?? new(), cancellationToken);
    }
}
