namespace TransferKit.Tests.Featurizers.Native;

public sealed class PackageFoldersTests : IDisposable
{
    private static readonly string Packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Notebooks leave libtorch, TorchSharp and TransferKit each in its own folder.</summary>
    [Fact]
    public void Libtorch_is_found_where_packages_lie()
    {
        string[] needed = ["torchsharp", "torchsharp-cpu", "libtorch-cpu-linux-x64"];
        Assert.SkipUnless(OperatingSystem.IsLinux() && needed.All(p => Directory.Exists(Path.Combine(Packages, p))), $"Needs the packages {string.Join(", ", needed)} in {Packages}, on Linux.");
        foreach (string package in needed)
            Directory.CreateSymbolicLink(_folder.File(package), Path.Combine(Packages, package));
        string own = _folder.File("transferkit.featurizers/0.1.0/lib/net10.0");
        Directory.CreateDirectory(own);
        File.Copy(Path.Combine(AppContext.BaseDirectory, "TransferKit.Featurizers.dll"), Path.Combine(own, "TransferKit.Featurizers.dll"));
        // TorchSharp puts libraries together beside itself where it finds them; what lies in the real folder is left alone.
        string torchSharp = _folder.File("lib");
        Directory.CreateDirectory(torchSharp);
        File.Copy(Path.Combine(AppContext.BaseDirectory, "TorchSharp.dll"), Path.Combine(torchSharp, "TorchSharp.dll"));
        // What else is needed has no native part here.
        string rest = _folder.File("rest");
        Directory.CreateDirectory(rest);
        foreach (string file in Directory.GetFiles(AppContext.BaseDirectory, "*.dll").Where(f => !Path.GetFileName(f).StartsWith("TorchSharp", StringComparison.Ordinal) && !Path.GetFileName(f).StartsWith("TransferKit", StringComparison.Ordinal)))
            File.CreateSymbolicLink(Path.Combine(rest, Path.GetFileName(file)), file);
        var (code, output, error) = Programs.Run(Programs.Path("FromPackages"), own, torchSharp, rest);
        Assert.True(code == 0, error);
        Assert.Equal("1024", output.Trim());
    }
}
