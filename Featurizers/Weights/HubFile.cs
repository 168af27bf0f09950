namespace TransferKit.Weights;

/// <summary>What a hub says about a file.</summary>
/// <param name="Commit">The commit that the revision is at.</param>
/// <param name="ETag">The SHA-256 of a file in Git LFS, Git's own hash of any other.</param>
/// <param name="Size">Its length in bytes, or null.</param>
/// <param name="Location">The address of its content, which may be on another host.</param>
internal sealed record HubFile(string Commit, string ETag, long? Size, Uri Location)
{
    private const int Sha256Digits = 64;

    /// <summary>The SHA-256 of the content; empty where the hub does not say it.</summary>
    public string Sha256 => ETag.Length == Sha256Digits && ETag.All(char.IsAsciiHexDigit) ? ETag : "";
}
