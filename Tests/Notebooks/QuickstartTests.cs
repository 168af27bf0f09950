using System.Diagnostics;

namespace TransferKit.Tests.Notebooks;

/// <summary>Runs quickstart.cs, which is for people without notebooks.</summary>
[Collection(OtherPrograms.Collection)]
public class QuickstartTests
{
    [Fact]
    public async Task The_file_runs_as_an_app()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(Programs.Root, "Notebooks", "quickstart.cs");
        var start = new ProcessStartInfo("dotnet", ["run", file]) { RedirectStandardOutput = true, RedirectStandardError = true };
        Kernel.Isolate(start, folder);
        using var process = Process.Start(start)!;
        string[] texts = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, texts[1] + texts[0]);
        Assert.Matches(@"\d+ of 20 correct", texts[0]);
        Assert.Contains("region (", texts[0], StringComparison.Ordinal);
    }
}
