using System.Diagnostics;
using System.Text.Json;

namespace TransferKit.Tests.Notebooks;

/// <summary>
/// Runs the notebooks in .NET Interactive itself, over its JSON protocol on standard input and output, with the packages in
/// artifacts/packages.
/// </summary>
public class KernelTests
{
    [Theory, MemberData(nameof(NotebookTests.All), MemberType = typeof(NotebookTests))]
    public async Task The_kernel_runs_a_notebook(string name)
    {
        string? kernel = FindKernel();
        Assert.SkipWhen(kernel is null, "Needs the tool dotnet-interactive.");
        string packages = Path.Combine(Programs.Root, "artifacts", "packages");
        Assert.SkipUnless(Directory.Exists(packages), "Needs the packages that dotnet pack -c Release makes.");
        string folder = Path.Combine(Programs.Root, "Notebooks");
        string[] arguments = ["stdio", "--default-kernel", "csharp", "--working-dir", folder];
        var start = new ProcessStartInfo(kernel!, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        try
        {
            foreach (var (i, cell) in new Notebook(Path.Combine(folder, name)).Code.Index())
            {
                var message = new { token = $"{i}", commandType = "SubmitCode", command = new { code = Notebook.Source(cell) } };
                await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(message));
                await process.StandardInput.FlushAsync();
                Assert.True(await Succeeds(process, $"{i}"), $"{name}, code cell {i + 1}");
            }
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    private static string? FindKernel()
    {
        string name = OperatingSystem.IsWindows() ? "dotnet-interactive.exe" : "dotnet-interactive";
        string tools = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".dotnet", "tools");
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return folders.Append(tools).Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists);
    }

    private static async Task<bool> Succeeds(Process process, string token)
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            var message = JsonDocument.Parse(line).RootElement;
            string? type = message.TryGetProperty("eventType", out var value) ? value.GetString() : null;
            if (type is "CommandSucceeded" or "CommandFailed" && Token(message) == token)
                return type == "CommandSucceeded";
        }
        return false;
    }

    // The token of the command that a message answers.
    private static string? Token(JsonElement message) =>
        message.TryGetProperty("command", out var command) && command.ValueKind == JsonValueKind.Object
        && command.TryGetProperty("token", out var token) ? token.GetString() : null;
}
