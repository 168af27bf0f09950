using Microsoft.ML;
using Microsoft.ML.Data;

namespace TransferKit.Pipelines.Data;

/// <summary>An image with the name of the sub-folder it lies in.</summary>
public sealed record LabeledImage(string ImagePath, string Label);

/// <summary>A file with something to say about it.</summary>
public sealed record FileRemark(string File, string Text);

/// <summary>A folder with one sub-folder of images for each class, as a view of paths and labels.</summary>
public sealed class ImageFolder : IDataView
{
    private readonly DataOperationsCatalog _catalog;
    private readonly ImageFolderOptions _options;
    private readonly IDataView _view;

    internal ImageFolder(DataOperationsCatalog catalog, ImageFolderOptions options, IReadOnlyList<LabeledImage> images,
        IReadOnlyList<FileRemark> skipped, IReadOnlyList<FileRemark> remarks)
    {
        (_catalog, _options, Images, Skipped, Remarks) = (catalog, options, images, skipped, remarks);
        Labels = [.. images.Select(i => i.Label).Distinct().Order(StringComparer.Ordinal)];
        var columns = SchemaDefinition.Create(typeof(Row));
        columns[nameof(Row.ImagePath)].ColumnName = options.ImagePathColumnName;
        columns[nameof(Row.Label)].ColumnName = options.LabelColumnName;
        _view = catalog.LoadFromEnumerable(images.Select(i => new Row { ImagePath = i.ImagePath, Label = i.Label }).ToList(), columns);
    }

    /// <summary>The images, by label and then by path, in ordinal order.</summary>
    public IReadOnlyList<LabeledImage> Images { get; }

    /// <summary>The labels, in ordinal order.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The files that were left out, and why.</summary>
    public IReadOnlyList<FileRemark> Skipped { get; }

    /// <summary>Files that were read but may not be what they seem: a GIF's first frame, a PNG named .jpg.</summary>
    public IReadOnlyList<FileRemark> Remarks { get; }

    /// <inheritdoc/>
    public DataViewSchema Schema => _view.Schema;

    /// <inheritdoc/>
    public bool CanShuffle => _view.CanShuffle;

    /// <summary>Splits by chance so that each label keeps its share; the same for the same seed.</summary>
    /// <param name="testFraction">The part of each label's images that goes to the test, above 0 and below 1.</param>
    /// <param name="seed">Of the choice.</param>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is not between 0 and 1.</exception>
    public (ImageFolder Train, ImageFolder Test) Split(double testFraction = 0.2, int seed = 1)
    {
        if (testFraction is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(testFraction), testFraction, "The test's part must be above 0 and below 1; 0.2 is usual.");
        var test = Stratified.Choose(Images.Select(i => i.Label), testFraction, seed);
        return (With([.. Images.Where((_, i) => !test.Contains(i))]), With([.. Images.Where((_, i) => test.Contains(i))]));
    }

    /// <inheritdoc/>
    public long? GetRowCount() => Images.Count;

    /// <inheritdoc/>
    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        _view.GetRowCursor(columnsNeeded, rand);

    /// <inheritdoc/>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        _view.GetRowCursorSet(columnsNeeded, n, rand);

    private ImageFolder With(IReadOnlyList<LabeledImage> images) => new(_catalog, _options, images, Skipped, Remarks);

    private sealed class Row
    {
        public string ImagePath { get; set; } = "";

        public string Label { get; set; } = "";
    }
}
