using System.Diagnostics;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using TransferKit.Native;

namespace TransferKit.Tests.Featurizers.Native;

/// <summary>A program without libtorch, and what it is told.</summary>
public sealed class LibTorchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_program_without_libtorch_does_not_load_TorchSharp_and_one_message_names_the_package()
    {
        string model = Path.Combine(AppContext.BaseDirectory, "Reference", "models", "finetuned.zip");
        var (exitCode, output, error) = Programs.Run(Programs.Path("WithoutTorch"), Drawings.Folder(_folder, each: 2), model);
        Assert.True(exitCode == 0, error);
        string[] lines = output.Trim().Split('\n');
        Assert.Equal(["1024", "EigenCam 1200", "ScoreCam 1200", "False"], lines[..4]);
        Assert.Equal(7, lines.Length - 4);
        string[] messages = [.. lines[4..].Select(l => l[(l.IndexOf(':', StringComparison.Ordinal) + 2)..])];
        Assert.Contains($"Add the package TorchSharp-cpu {PackageVersion()} to the program", messages[0], StringComparison.Ordinal);
        Assert.All(messages, message => Assert.Equal(messages[0], message));
    }

    [Fact]
    public void A_program_without_libtorch_loads_the_one_in_a_folder_that_the_variable_names()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only on Linux does a variable name the folder of libtorch.");
        var start = new ProcessStartInfo("dotnet", [Programs.Path("WithoutTorch")]) { RedirectStandardOutput = true };
        start.Environment[LibTorch.FolderVariable] = AppContext.BaseDirectory;
        using var process = Process.Start(start)!;
        string[] lines = process.StandardOutput.ReadToEnd().Trim().Split('\n');
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        Assert.Equal(["1024", "EigenCam 1200", "ScoreCam 1200", "False", "GradCam 1200"], lines);
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("Featurizers/README.md")]
    [InlineData("Pipelines/README.md")]
    public void A_README_names_the_package_and_its_version(string page)
    {
        string text = File.ReadAllText(Path.Combine(Programs.Root, page));
        var versions = Regex.Matches(text, "package TorchSharp-cpu --version ([0-9.]+)").Select(m => m.Groups[1].Value);
        Assert.Equal([PackageVersion()], versions.Distinct());
    }

    private static string PackageVersion() => XDocument.Load(Path.Combine(Programs.Root, "Directory.Packages.props"))
        .Descendants("PackageVersion").Single(p => p.Attribute("Include")!.Value == "TorchSharp-cpu").Attribute("Version")!.Value;
}
