namespace TransferKit.Weights;

/// <summary>
/// The files of a repository in the cache, as huggingface_hub lays them out: <c>blobs</c> holds contents by their ETag, <c>snapshots</c>
/// a folder of links to them for each commit, <c>refs</c> the commit that each branch or tag was at, and <c>.no_exist</c> the names of
/// files that a commit has not.
/// </summary>
/// <param name="folder">The folder of the cache.</param>
/// <param name="reference">The repository.</param>
/// <remarks>src/huggingface_hub/file_download.py in huggingface/huggingface_hub.</remarks>
internal sealed class HubCache(string folder, HubReference reference)
{
    private readonly string _root = Path.Combine(folder, $"models--{reference.Owner}--{reference.Name}");

    /// <summary>The folder of contents.</summary>
    public string Blobs => Path.Combine(_root, "blobs");

    private string Reference => Path.Combine(_root, "refs", reference.Revision);

    /// <summary>Returns the path that a file of a commit has.</summary>
    public string PathOf(string commit, string file) => Path.Combine(_root, "snapshots", commit, file);

    /// <summary>Returns the commit that the revision was at when it was last asked for; null if it was not.</summary>
    public string? FindCommit() => reference.IsCommit ? reference.Revision
        : File.Exists(Reference) ? File.ReadAllText(Reference).Trim() : null;

    /// <summary>Returns the path of a file of the revision, and its commit, if it is in the cache.</summary>
    public (string Path, string Commit)? Find(string file) =>
        FindCommit() is { Length: > 0 } commit && File.Exists(PathOf(commit, file)) ? (PathOf(commit, file), commit) : null;

    /// <summary>Whether it is known that the revision, which is a commit, has no such file.</summary>
    public bool IsMissing(string file) => reference.IsCommit && File.Exists(MarkOf(reference.Revision, file));

    /// <summary>Keeps the commit that the revision is at.</summary>
    public void SetCommit(string commit)
    {
        if (commit != reference.Revision && FindCommit() != commit)
            AtomicFile.Replace(Reference, path => File.WriteAllText(path, commit));
    }

    /// <summary>Keeps that a commit has no such file.</summary>
    public void SetMissing(string commit, string file) => AtomicFile.Write(MarkOf(commit, file), _ => { });

    /// <summary>Gives a content the name that it has in a commit, by a link or, where links are not possible, by a copy.</summary>
    /// <returns>The path of the file.</returns>
    public string Link(string blob, string commit, string file)
    {
        string path = PathOf(commit, file);
        string directory = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(directory);
        AtomicFile.Replace(path, temporary =>
        {
            try
            {
                File.CreateSymbolicLink(temporary, Path.GetRelativePath(directory, blob));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Windows allows links to administrators and in its developer mode only.
                File.Copy(blob, temporary);
            }
        });
        return path;
    }

    private string MarkOf(string commit, string file) => Path.Combine(_root, ".no_exist", commit, file);
}
