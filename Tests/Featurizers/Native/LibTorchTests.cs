using System.Diagnostics;
using TransferKit.Native;

namespace TransferKit.Tests.Featurizers.Native;

public class LibTorchTests
{
    /// <summary>Without the variable, the same program reports that libtorch is missing (<see cref="ElfVersionsTests"/>).</summary>
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
        // The line that would name the missing package is not there.
        Assert.Equal(["1024", "EigenCam 1200", "ScoreCam 1200", "False"], lines);
    }
}
