using Microsoft.ML;
using Microsoft.ML.Data;

namespace TransferKit.Pipelines.Data;

/// <summary>A folder with one subfolder of images for each class, as a view with a column of paths and a column of labels.</summary>
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

    /// <summary>The images, ordered by label and then by path (ordinal).</summary>
    public IReadOnlyList<LabeledImage> Images { get; }

    /// <summary>The distinct labels, in ordinal order.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The files that were left out, each with the reason.</summary>
    public IReadOnlyList<FileRemark> Skipped { get; }

    /// <summary>Remarks on files that were read but may be a surprise, such as a PNG file named .jpg or images in deeper folders.</summary>
    public IReadOnlyList<FileRemark> Remarks { get; }

    /// <inheritdoc/>
    public DataViewSchema Schema => _view.Schema;

    /// <inheritdoc/>
    public bool CanShuffle => _view.CanShuffle;

    /// <summary>Splits the images at random into two sets in which each label has the same share (a stratified split).</summary>
    /// <param name="testFraction">The fraction of each label's images in the test set, above 0 and below 1.</param>
    /// <param name="seed">The random seed; the same seed gives the same split.</param>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is not above 0 and below 1.</exception>
    public (ImageFolder Train, ImageFolder Test) Split(double testFraction = 0.2, int seed = 1)
    {
        if (testFraction is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(testFraction), FormattableString.Invariant(
                $"A test fraction of {testFraction} is invalid: it must be above 0 and below 1 (0.2 is usual)."));
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
