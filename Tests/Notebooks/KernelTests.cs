using System.Diagnostics;
using System.Text.Json;

namespace TransferKit.Tests.Notebooks;

/// <summary>The notebooks in .NET Interactive itself, over its JSON protocol on standard input and output, with the packages of artifacts/packages.</summary>
public class KernelTests
{
    [Theory, MemberData(nameof(NotebookTests.All), MemberType = typeof(NotebookTests))]
    public async Task The_kernel_runs_a_notebook(string name)
    {
        string? kernel = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".dotnet", "tools"))
            .Select(d => Path.Combine(d, OperatingSystem.IsWindows() ? "dotnet-interactive.exe" : "dotnet-interactive")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(kernel is null, "Needs the tool dotnet-interactive.");
        Assert.SkipUnless(Directory.Exists(Path.Combine(Programs.Root, "artifacts", "packages")), "Needs the packages that dotnet pack -c Release makes.");
        using var process = Process.Start(new ProcessStartInfo(kernel!, ["stdio", "--default-kernel", "csharp", "--working-dir", Path.Combine(Programs.Root, "Notebooks")]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        try
        {
            var code = new Notebook(Path.Combine(Programs.Root, "Notebooks", name)).Code;
            for (int i = 0; i < code.Count; i++)
            {
                await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new { token = $"{i}", commandType = "SubmitCode", command = new { code = Notebook.Source(code[i]) } }));
                await process.StandardInput.FlushAsync();
                Assert.True(await Succeeds(process, $"{i}"), $"{name}, code cell {i + 1}");
            }
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    private static async Task<bool> Succeeds(Process process, string token)
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            var message = JsonDocument.Parse(line).RootElement;
            bool ours = message.TryGetProperty("command", out var command) && command.ValueKind == JsonValueKind.Object && command.TryGetProperty("token", out var of) && of.GetString() == token;
            if (ours && message.GetProperty("eventType").GetString() is "CommandSucceeded" or "CommandFailed")
                return message.GetProperty("eventType").GetString() == "CommandSucceeded";
        }
        return false;
    }
}
