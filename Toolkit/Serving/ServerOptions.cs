using System.Net;

namespace TransferKit.Toolkit.Serving;

/// <summary>Where a model is served, and what is turned away.</summary>
internal sealed record ServerOptions
{
    /// <summary>The model file.</summary>
    public required string Model { get; init; }

    /// <summary>The address that is listened on; only this machine reaches the default.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port; 0 for any that is free.</summary>
    public int Port { get; init; } = 5080;

    /// <summary>The largest upload in bytes.</summary>
    public int MaxBytes { get; init; } = 20_000_000;

    /// <summary>The most pixels of an image.</summary>
    public long MaxPixels { get; init; } = 50_000_000;

    /// <summary>The most uploads that are read or worked on at a time.</summary>
    public int MaxUploads { get; init; } = 64;

    /// <summary>How long an upload may take to arrive.</summary>
    public TimeSpan UploadTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The training photos whose nearest are shown; null for none.</summary>
    public string? Photos { get; init; }
}
