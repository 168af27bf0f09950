namespace TransferKit.Weights;

/// <summary>
/// Files of Hugging Face's hub, in the cache that huggingface_hub uses as well. <c>HF_ENDPOINT</c>, <c>HF_HOME</c>, <c>HF_HUB_CACHE</c>,
/// <c>HF_TOKEN</c> and <c>HF_HUB_OFFLINE</c> have the meaning that they have there.
/// </summary>
public static class HuggingFaceHub
{
    /// <summary>Whether a text is meant as a reference to a repository of the hub: whether it begins with <c>hf:</c>.</summary>
    /// <param name="text">The text, such as <c>hf:timm/resnet50.a1_in1k</c>.</param>
    public static bool IsReference(string? text) => text?.StartsWith(HubReference.Prefix, StringComparison.Ordinal) == true;

    /// <summary>
    /// Returns the path of a file in the cache, and downloads the file first if it is not there. The descriptions of the model,
    /// <c>preprocessor_config.json</c> and <c>config.json</c>, are fetched too where the repository has them, and <c>FILE_data</c>, in
    /// which large ONNX models have their weights. Where the hub cannot be reached, the file that was fetched last is returned.
    /// </summary>
    /// <param name="reference">The repository: <c>hf:OWNER/NAME</c> or <c>hf:OWNER/NAME@REVISION</c>.</param>
    /// <param name="file">The path of the file in the repository, such as <c>onnx/model.onnx</c>.</param>
    /// <param name="progress">Receives the number of bytes downloaded and the total (0 if unknown).</param>
    /// <param name="cancellationToken">Stops the download; a later call resumes it.</param>
    /// <returns>The path in the folder of the snapshot, in which the file has its name.</returns>
    /// <exception cref="ArgumentException">The reference or the file has an invalid form.</exception>
    /// <exception cref="DownloadException">
    /// There is no such repository, revision or file, access is refused, the hub cannot be reached, or what it sends has another hash.
    /// </exception>
    public static Task<string> DownloadAsync(string reference, string file, IProgress<(long Done, long Total)>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(file);
        return new HubClient(HubSettings.FromEnvironment())
            .DownloadAsync(HubReference.Parse(reference), file, progress, cancellationToken);
    }
}
