using System.Diagnostics;
using System.Text.Json;

namespace TransferKit.Tests.Notebooks;

/// <summary>
/// Runs the notebooks in .NET Interactive itself, over its JSON protocol on standard input and output, with the packages in
/// artifacts/packages.
/// </summary>
[Collection(OtherPrograms.Collection)]
public class KernelTests
{
    [Theory, MemberData(nameof(NotebookTests.All), MemberType = typeof(NotebookTests))]
    public async Task The_kernel_runs_a_notebook(string name)
    {
        string? problem = await Run(Kernel.Require(), name);
        Assert.True(problem is null, problem);
    }

    // What went wrong; null where all cells ran.
    private static async Task<string?> Run(string kernel, string name)
    {
        using var folder = new TemporaryFolder();
        string[] arguments = ["stdio", "--default-kernel", "csharp", "--working-dir", folder.Root];
        var start = new ProcessStartInfo(kernel, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        Kernel.Isolate(start, folder);
        using var process = Process.Start(start)!;
        try
        {
            var cells = new Notebook(Path.Combine(Programs.Root, "Notebooks", name)).Code.Select(Notebook.Source);
            foreach (var (i, code) in cells.Prepend(Kernel.PackageSource).Index())
            {
                var message = new { token = $"{i}", commandType = "SubmitCode", command = new { code } };
                await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(message));
                await process.StandardInput.FlushAsync();
                if (await Error(process, $"{i}") is { } error)
                    return $"{name}, code cell {i}: {error}";
            }
            return null;
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    // The error that a command failed with; null where it succeeded.
    private static async Task<string?> Error(Process process, string token)
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            // Lines between the messages are blank.
            if (line.Length == 0)
                continue;
            var message = JsonDocument.Parse(line).RootElement;
            string? type = message.TryGetProperty("eventType", out var value) ? value.GetString() : null;
            if (type is not ("CommandSucceeded" or "CommandFailed") || Token(message) != token)
                continue;
            return type == "CommandSucceeded" ? null : message.GetProperty("event").GetProperty("message").GetString();
        }
        return "The kernel ended.";
    }

    // The token of the command that a message answers.
    private static string? Token(JsonElement message) =>
        message.TryGetProperty("command", out var command) && command.ValueKind == JsonValueKind.Object
        && command.TryGetProperty("token", out var token) ? token.GetString() : null;
}
