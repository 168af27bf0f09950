namespace TransferKit.Tests.Featurizers.Native;

public sealed class PackageFoldersTests : IDisposable
{
    private static readonly string Packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Runs a program that loads libtorch, TorchSharp and TransferKit from separate folders, like a notebook.</summary>
    [Fact]
    public void Libtorch_is_found_in_the_package_folder()
    {
        string[] needed = ["torchsharp", "torchsharp-cpu", "libtorch-cpu-linux-x64"];
        Assert.SkipUnless(OperatingSystem.IsLinux() && needed.All(p => Directory.Exists(Path.Combine(Packages, p))),
            $"Needs the packages {string.Join(", ", needed)} in {Packages}, on Linux.");
        foreach (string package in needed)
            Directory.CreateSymbolicLink(_folder.File(package), Path.Combine(Packages, package));
        string featurizers = _folder.File("transferkit.featurizers/0.1.0/lib/net10.0");
        Copy("TransferKit.Featurizers.dll", featurizers);
        // A copy, because TorchSharp may write libraries into its own folder.
        string torchSharp = _folder.File("lib");
        Copy("TorchSharp.dll", torchSharp);
        // All other assemblies, without native libraries.
        string others = _folder.File("others");
        Directory.CreateDirectory(others);
        foreach (string file in Directory.GetFiles(AppContext.BaseDirectory, "*.dll"))
        {
            string name = Path.GetFileName(file);
            bool isOther = !name.StartsWith("TorchSharp", StringComparison.Ordinal)
                && !name.StartsWith("TransferKit", StringComparison.Ordinal);
            if (isOther)
                File.CreateSymbolicLink(Path.Combine(others, name), file);
        }
        var (code, output, error) = Programs.Run(Programs.Path("FromPackages"), featurizers, torchSharp, others);
        Assert.True(code == 0, error);
        Assert.Equal("1024", output.Trim());
    }

    private static void Copy(string file, string folder)
    {
        Directory.CreateDirectory(folder);
        File.Copy(Path.Combine(AppContext.BaseDirectory, file), Path.Combine(folder, file));
    }
}
