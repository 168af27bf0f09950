using System.Diagnostics;
using TransferKit.Weights;

namespace TransferKit.Tests.Notebooks;

/// <summary>.NET Interactive, which runs the notebooks with the packages in artifacts/packages.</summary>
internal static class Kernel
{
    private static readonly string Packages = Path.Combine(Programs.Root, "artifacts", "packages");

    /// <summary>The line of code that the notebooks give to readers who build the packages themselves.</summary>
    public static string PackageSource { get; } = $"#i \"nuget:{Packages}\"";

    /// <summary>Returns the path of the tool dotnet-interactive; skips the test where the tool or the packages are missing.</summary>
    public static string Require()
    {
        string? tool = Find();
        Assert.SkipWhen(tool is null, "Needs the tool dotnet-interactive.");
        Assert.SkipUnless(Directory.Exists(Packages), "Needs the packages that dotnet pack -c Release makes.");
        return tool!;
    }

    /// <summary>Keeps a program from the folder and the cache that a test which runs at the same time may use.</summary>
    public static void Isolate(ProcessStartInfo start, TemporaryFolder folder)
    {
        start.WorkingDirectory = folder.Root;
        start.Environment[CacheFolder.Variable] = folder.File("cache");
        // The other tests use the other processors.
        start.Environment["OMP_NUM_THREADS"] = "1";
    }

    // .ci/run installs the tool into the repository's artifacts, users into their profile.
    private static string? Find()
    {
        string name = OperatingSystem.IsWindows() ? "dotnet-interactive.exe" : "dotnet-interactive";
        string user = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".dotnet", "tools");
        string[] folders = [Path.Combine(Programs.Root, "artifacts", "tools"), user];
        return folders.Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists);
    }
}
