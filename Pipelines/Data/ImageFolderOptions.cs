namespace TransferKit.Pipelines.Data;

/// <summary>Options of <c>LoadImagesFromFolder</c>.</summary>
public sealed class ImageFolderOptions
{
    /// <summary>The column of the images' paths.</summary>
    public string ImagePathColumnName { get; set; } = "ImagePath";

    /// <summary>The column of the labels, which are the names of the subfolders.</summary>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>What is done with files that cannot be read as images.</summary>
    public UnreadableImages Unreadable { get; set; } = UnreadableImages.LeaveOut;

    internal ImageFolderOptions Copy() => (ImageFolderOptions)MemberwiseClone();
}
