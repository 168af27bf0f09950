using TransferKit.Pipelines.Data;

// ML.NET's packages put their extension methods into the namespace of MLContext, so that no further using is needed.
namespace Microsoft.ML;

/// <summary>Adds the loading of MNIST, Fashion-MNIST and CIFAR-10 to <c>mlContext.Data</c>.</summary>
public static class PixelDatasetCatalog
{
    /// <summary>Loads MNIST or Fashion-MNIST (IDX files, gzipped or not) or CIFAR-10 (binary version) from a folder.</summary>
    /// <param name="catalog">The data catalog.</param>
    /// <param name="folder">The folder with the files of the dataset.</param>
    /// <param name="test">Whether the test set is loaded instead of the training set.</param>
    /// <exception cref="InvalidDataException">The folder holds none of these datasets, or a file is malformed.</exception>
    public static PixelDataset LoadPixelDataset(this DataOperationsCatalog catalog, string folder, bool test = false)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        if (IdxReader.IsIn(folder))
            return new PixelDataset(catalog, IdxReader.Read(folder, test));
        if (CifarReader.IsIn(folder))
            return new PixelDataset(catalog, CifarReader.Read(folder, test));
        throw new InvalidDataException(
            $"'{folder}' holds neither Fashion-MNIST or MNIST (train-images-idx3-ubyte) nor CIFAR-10 (data_batch_1.bin).");
    }

    /// <summary>Whether a folder holds a dataset that <see cref="LoadPixelDataset"/> loads.</summary>
    /// <param name="catalog">The data catalog.</param>
    /// <param name="folder">The folder.</param>
    public static bool IsPixelDataset(this DataOperationsCatalog catalog, string folder) =>
        IdxReader.IsIn(folder) || CifarReader.IsIn(folder);
}
