using System.Net;

namespace TransferKit.Toolkit.Serving;

/// <summary>The model that a server serves, its address and its limits.</summary>
internal sealed record ServerOptions
{
    /// <summary>The path of the model file.</summary>
    public required string Model { get; init; }

    /// <summary>The address to listen on. The default is reachable from this machine only.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port to listen on; 0 picks a free one.</summary>
    public int Port { get; init; } = 5080;

    /// <summary>The largest accepted upload in bytes.</summary>
    public int MaxBytes { get; init; } = 20_000_000;

    /// <summary>The largest accepted number of pixels of an image.</summary>
    public long MaxPixels { get; init; } = 50_000_000;

    /// <summary>The largest number of uploads that are received or processed at a time.</summary>
    public int MaxUploads { get; init; } = 64;

    /// <summary>The longest time in which an upload must arrive.</summary>
    public TimeSpan UploadTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The folder of training images among which the nearest are found; null for none.</summary>
    public string? Images { get; init; }
}
