using TransferKit.Pipelines.Saving;

namespace TransferKit.Pipelines.Detecting;

/// <summary>The names of the columns inside a saved detector, besides those of a saved featurizer. Saved models hold them.</summary>
internal static class DetectionColumns
{
    /// <summary>The largest number of proposals of an image in a saved model, whose box head takes a batch of this size.</summary>
    public const int MaxProposals = 300;

    /// <summary>The number of values of a pooled proposal: 256 channels x 7 x 7.</summary>
    public const int RegionCount = 256 * 7 * 7;

    public const string Width = "TransferKit.Width", Height = "TransferKit.Height", ProposalOutputs = "TransferKit.Maps",
        Proposals = "TransferKit.Boxes", Regions = "TransferKit.Regions", BoxHeadOutputs = "TransferKit.Classified",
        Labels = "TransferKit.Label", Boxes = "TransferKit.Found", Scores = "TransferKit.Score";

    /// <summary>The columns of the results.</summary>
    public static readonly string[] Results = [Labels, Boxes, Scores];

    /// <summary>The columns that every row begins with: the image and the settings.</summary>
    public static readonly string[] Inputs = [Columns.Source, Columns.One, Columns.Settings];

    public static readonly string[] All =
        [.. Inputs, Columns.Crop, Columns.Pixels, Width, Height, ProposalOutputs, Proposals, Regions, BoxHeadOutputs, .. Results];
}
