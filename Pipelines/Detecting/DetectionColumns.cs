using Microsoft.ML.Data;
using TransferKit.Pipelines.Saving;

namespace TransferKit.Pipelines.Detecting;

/// <summary>The columns between an image and what is in it, beside those of a saved featurizer.</summary>
internal static class DetectionColumns
{
    /// <summary>The proposals of an image that are classified at most.</summary>
    public const int Proposals = 300;

    /// <summary>Values of a proposal: 256 channels of 7 x 7 pixels.</summary>
    public const int Pixels = 256 * 7 * 7;

    public const string Width = "TransferKit.Width", Height = "TransferKit.Height", Maps = "TransferKit.Maps", Boxes = "TransferKit.Boxes",
        Regions = "TransferKit.Regions", Classified = "TransferKit.Classified", Label = "TransferKit.Label", Found = "TransferKit.Found", Score = "TransferKit.Score";

    public static readonly string[] All = [Columns.Source, Columns.One, Columns.Settings, Columns.Crop, Columns.Pixels, Width, Height, Maps, Boxes, Regions, Classified, Label, Found, Score];
}

/// <summary>An image on its square, and how large it was.</summary>
internal sealed class CanvasRow
{
    [ColumnName(Columns.Crop), AnySize]
    public MLImage Canvas { get; set; } = null!;

    [ColumnName(DetectionColumns.Width)]
    public int Width { get; set; }

    [ColumnName(DetectionColumns.Height)]
    public int Height { get; set; }
}

/// <summary>What the proposing network gives.</summary>
internal sealed class MapsRow
{
    [ColumnName(DetectionColumns.Maps)]
    public VBuffer<float> Maps { get; set; }

    [ColumnName(DetectionColumns.Width)]
    public int Width { get; set; }

    [ColumnName(DetectionColumns.Height)]
    public int Height { get; set; }

    [ColumnName(Columns.Settings)]
    public string Settings { get; set; } = "";
}

/// <summary>The proposals, and what is cut out of the maps for each; zeros where there are fewer.</summary>
internal sealed class RegionsRow
{
    [ColumnName(DetectionColumns.Boxes)]
    public float[] Boxes { get; set; } = [];

    [ColumnName(DetectionColumns.Regions), VectorType(DetectionColumns.Proposals * DetectionColumns.Pixels)]
    public float[] Regions { get; set; } = [];
}

/// <summary>What the classifying network gives for them.</summary>
internal sealed class ClassifiedRow
{
    [ColumnName(DetectionColumns.Boxes)]
    public float[] Boxes { get; set; } = [];

    [ColumnName(DetectionColumns.Classified)]
    public VBuffer<float> Classified { get; set; }

    [ColumnName(DetectionColumns.Width)]
    public int Width { get; set; }

    [ColumnName(DetectionColumns.Height)]
    public int Height { get; set; }

    [ColumnName(Columns.Settings)]
    public string Settings { get; set; } = "";
}

/// <summary>What is in an image.</summary>
internal sealed class FoundRow
{
    [ColumnName(DetectionColumns.Label)]
    public string[] Label { get; set; } = [];

    [ColumnName(DetectionColumns.Found)]
    public float[] Boxes { get; set; } = [];

    [ColumnName(DetectionColumns.Score)]
    public float[] Score { get; set; } = [];
}
