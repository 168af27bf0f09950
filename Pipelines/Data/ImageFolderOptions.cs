namespace TransferKit.Pipelines.Data;

/// <summary>What to do with a file that is no readable image.</summary>
public enum UnreadableImages
{
    /// <summary>It is left out and listed in <see cref="ImageFolder.Skipped"/>.</summary>
    LeaveOut,

    /// <summary>Loading fails and names every such file.</summary>
    Refuse,
}

/// <summary>How a folder of labeled images is read.</summary>
public sealed class ImageFolderOptions
{
    /// <summary>The column that takes the paths.</summary>
    public string ImagePathColumnName { get; set; } = "ImagePath";

    /// <summary>The column that takes the labels, the names of the sub-folders.</summary>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>What to do with a file that is no readable image.</summary>
    public UnreadableImages Unreadable { get; set; } = UnreadableImages.LeaveOut;
}
