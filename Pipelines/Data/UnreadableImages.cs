namespace TransferKit.Pipelines.Data;

/// <summary>What is done with files that cannot be read as images.</summary>
public enum UnreadableImages
{
    /// <summary>They are left out and listed in <see cref="ImageFolder.Skipped"/>.</summary>
    LeaveOut,

    /// <summary>Loading fails with an error that names all of them.</summary>
    Refuse,
}
