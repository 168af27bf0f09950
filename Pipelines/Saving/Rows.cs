using Microsoft.ML.Data;
using TransferKit.Images;
using TransferKit.Pipelines.Featurizing;

namespace TransferKit.Pipelines.Saving;

/// <summary>A row without columns.</summary>
internal sealed class EmptyRow;

/// <summary>The constant 1, the key by which settings are looked up.</summary>
internal sealed class One
{
    [ColumnName(Columns.One)]
    public int Value { get; set; }
}

/// <summary>A row with an image and the settings of a mapping.</summary>
internal interface IImageRow
{
    /// <summary>The image.</summary>
    ImageSource Image { get; }

    /// <summary>The settings.</summary>
    string Settings { get; }
}

/// <summary>A row with the path of an image file.</summary>
internal sealed class PathRow : IImageRow
{
    [ColumnName(Columns.Source)]
    public string Source { get; set; } = "";

    [ColumnName(Columns.Settings)]
    public string Settings { get; set; } = "";

    ImageSource IImageRow.Image => new(Source);
}

/// <summary>A row with the content of an image file.</summary>
internal sealed class BytesRow : IImageRow
{
    [ColumnName(Columns.Source)]
    public byte[] Source { get; set; } = [];

    [ColumnName(Columns.Settings)]
    public string Settings { get; set; } = "";

    ImageSource IImageRow.Image => new(Source);
}

/// <summary>A row with a decoded image.</summary>
internal sealed class ImageRow : IImageRow
{
    [ColumnName(Columns.Source), AnySizeImage]
    public MLImage Source { get; set; } = null!;

    [ColumnName(Columns.Settings)]
    public string Settings { get; set; } = "";

    ImageSource IImageRow.Image => new(MLImages.ToPicture(Source));
}

/// <summary>A row with the resized and cropped image.</summary>
internal sealed class CropRow
{
    [ColumnName(Columns.Crop), AnySizeImage]
    public MLImage Crop { get; set; } = null!;
}
