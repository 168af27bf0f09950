using System.Net.Http.Headers;

namespace TransferKit.Weights;

/// <summary>A published file that can be downloaded and verified.</summary>
/// <param name="Url">The address of the file.</param>
/// <param name="HashPrefix">The first hexadecimal digits of its SHA-256, or all of them; empty if none are published.</param>
/// <param name="Length">Its length in bytes, or null if that is not known.</param>
public sealed record RemoteFile(Uri Url, string HashPrefix = "", long? Length = null)
{
    /// <summary>The name that the file has in a <see cref="DownloadCache"/>. Default: the last part of the address.</summary>
    public string FileName { get => field ?? Path.GetFileName(Url.AbsolutePath); init; }

    /// <summary>What the server is told of the user. A redirect to elsewhere is followed without it.</summary>
    internal AuthenticationHeaderValue? Authorization { get; init; }
}
