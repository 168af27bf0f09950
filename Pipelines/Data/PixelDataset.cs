using Microsoft.ML;
using TransferKit.Images;

namespace TransferKit.Pipelines.Data;

/// <summary>
/// A dataset of small labeled images in memory (MNIST, Fashion-MNIST or CIFAR-10), as a view with the columns <c>Image</c> (PNG files as
/// vectors of bytes) and <c>Label</c> (text).
/// </summary>
public sealed class PixelDataset : IDataView
{
    private readonly IDataView _view;

    internal PixelDataset(DataOperationsCatalog catalog, (string[] Names, List<(Picture Picture, int Label)> Images) content)
    {
        (Labels, Count) = (content.Names, content.Images.Count);
        var rows = content.Images.AsParallel().AsOrdered()
            .Select(i => new Row { Image = ImageEncoder.Png(i.Picture), Label = content.Names[i.Label] });
        _view = catalog.LoadFromEnumerable(rows.ToList());
    }

    /// <summary>The labels, in the order of the dataset's class numbers.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The number of images.</summary>
    public int Count { get; }

    /// <inheritdoc/>
    public DataViewSchema Schema => _view.Schema;

    /// <inheritdoc/>
    public bool CanShuffle => _view.CanShuffle;

    /// <inheritdoc/>
    public long? GetRowCount() => Count;

    /// <inheritdoc/>
    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        _view.GetRowCursor(columnsNeeded, rand);

    /// <inheritdoc/>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        _view.GetRowCursorSet(columnsNeeded, n, rand);

    private sealed class Row
    {
        public byte[] Image { get; set; } = [];

        public string Label { get; set; } = "";
    }
}
