using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace TransferKit.Pipelines.Saving;

/// <summary>The columns of a saved featurizer between the image and the features.</summary>
internal static class Columns
{
    public const string Source = "TransferKit.Source", One = "TransferKit.One", Settings = "TransferKit.Settings",
        Crop = "TransferKit.Crop", Pixels = "TransferKit.Pixels", Result = "TransferKit.Result";

    public static readonly string[] All = [Source, One, Settings, Crop, Pixels, Result];
}

/// <summary>A row of which nothing is read.</summary>
internal sealed class Nothing;

/// <summary>The constant 1, which the settings are looked up by.</summary>
internal sealed class One
{
    [ColumnName(Columns.One)]
    public int Value { get; set; }
}

/// <summary>A path with settings.</summary>
internal sealed class PathRow
{
    [ColumnName(Columns.Source)]
    public string Source { get; set; } = "";

    [ColumnName(Columns.Settings)]
    public string Settings { get; set; } = "";
}

/// <summary>The content of an image file with settings.</summary>
internal sealed class BytesRow
{
    [ColumnName(Columns.Source)]
    public byte[] Source { get; set; } = [];

    [ColumnName(Columns.Settings)]
    public string Settings { get; set; } = "";
}

/// <summary>An image with settings.</summary>
internal sealed class ImageRow
{
    [ColumnName(Columns.Source), AnySize]
    public MLImage Source { get; set; } = null!;

    [ColumnName(Columns.Settings)]
    public string Settings { get; set; } = "";
}

/// <summary>The crop a network is shown.</summary>
internal sealed class CropRow
{
    [ColumnName(Columns.Crop), AnySize]
    public MLImage Crop { get; set; } = null!;
}

/// <summary>Says that a property is a column of images; ML.NET's own attribute asks for one size.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class AnySizeAttribute : DataViewTypeAttribute
{
    public override bool Equals(DataViewTypeAttribute? other) => other is AnySizeAttribute;

    public override bool Equals(object? obj) => obj is AnySizeAttribute;

    public override int GetHashCode() => typeof(AnySizeAttribute).GetHashCode();

    public override void Register() => DataViewTypeManager.Register(new ImageDataViewType(), typeof(MLImage), this);
}
