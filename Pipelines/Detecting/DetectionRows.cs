using Microsoft.ML.Data;
using TransferKit.Pipelines.Saving;

namespace TransferKit.Pipelines.Detecting;

/// <summary>A row with the resized image on its square, and the size of the image before.</summary>
internal sealed class SquareRow
{
    [ColumnName(Columns.Crop), AnySizeImage]
    public MLImage Image { get; set; } = null!;

    [ColumnName(DetectionColumns.Width)]
    public int Width { get; set; }

    [ColumnName(DetectionColumns.Height)]
    public int Height { get; set; }
}

/// <summary>A row with the outputs of the proposal network.</summary>
internal sealed class ProposalOutputsRow
{
    [ColumnName(DetectionColumns.ProposalOutputs)]
    public VBuffer<float> Outputs { get; set; }

    [ColumnName(DetectionColumns.Width)]
    public int Width { get; set; }

    [ColumnName(DetectionColumns.Height)]
    public int Height { get; set; }

    [ColumnName(Columns.Settings)]
    public string Settings { get; set; } = "";
}

/// <summary>A row with the proposals, four coordinates each, and their pooled features, filled up with zeros.</summary>
internal sealed class RegionsRow
{
    [ColumnName(DetectionColumns.Proposals)]
    public float[] Proposals { get; set; } = [];

    [ColumnName(DetectionColumns.Regions), VectorType(DetectionColumns.MaxProposals * DetectionColumns.RegionCount)]
    public float[] Regions { get; set; } = [];
}

/// <summary>A row with the proposals and the outputs of the box head.</summary>
internal sealed class BoxHeadOutputsRow
{
    [ColumnName(DetectionColumns.Proposals)]
    public float[] Proposals { get; set; } = [];

    [ColumnName(DetectionColumns.BoxHeadOutputs)]
    public VBuffer<float> Outputs { get; set; }

    [ColumnName(DetectionColumns.Width)]
    public int Width { get; set; }

    [ColumnName(DetectionColumns.Height)]
    public int Height { get; set; }

    [ColumnName(Columns.Settings)]
    public string Settings { get; set; } = "";
}

/// <summary>A row with the detections.</summary>
internal sealed class DetectionsRow
{
    [ColumnName(DetectionColumns.Labels)]
    public string[] Labels { get; set; } = [];

    [ColumnName(DetectionColumns.Boxes)]
    public float[] Boxes { get; set; } = [];

    [ColumnName(DetectionColumns.Scores)]
    public float[] Scores { get; set; } = [];

    /// <summary>Sets the columns.</summary>
    /// <param name="detections">The detections.</param>
    /// <param name="labels">The names of the classes without the background.</param>
    public void Set(IReadOnlyList<TransferKit.Detection.Detection> detections, IReadOnlyList<string> labels)
    {
        Labels = [.. detections.Select(d => labels[d.Label - 1])];
        Boxes = [.. detections.SelectMany(d => new[] { d.Box.Left, d.Box.Top, d.Box.Right, d.Box.Bottom })];
        Scores = [.. detections.Select(d => d.Score)];
    }
}
