using System.Diagnostics;
using System.Text.Json.Nodes;

namespace TransferKit.Tests.Notebooks;

/// <summary>Runs a notebook in Jupyter, with the kernel that <c>dotnet interactive jupyter install</c> installs.</summary>
[Collection(OtherPrograms.Collection)]
public class JupyterTests
{
    private const string Name = "5-lenet-from-scratch.ipynb";

    [Fact]
    public async Task Jupyter_runs_a_notebook()
    {
        string tool = Kernel.Require();
        string[] path = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator);
        string? nbconvert = path.Select(f => Path.Combine(f, "jupyter-nbconvert")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(nbconvert is null, "Needs Jupyter's nbconvert (Debian's package jupyter-nbconvert).");
        using var folder = new TemporaryFolder();
        string kernels = Directory.CreateDirectory(folder.File("kernels")).FullName;
        await Run(folder, tool, "jupyter", "install", "--path", kernels);
        string input = folder.File(Name), output = folder.File("executed.ipynb");
        File.WriteAllText(input, WithPackageSource());
        await Run(folder, nbconvert!, "--execute", "--to", "notebook", "--output", output, input);

        var cells = new Notebook(output).Code;
        var outputs = cells.SelectMany(c => c["outputs"]!.AsArray()).Select(o => o!.AsObject()).ToArray();
        Assert.DoesNotContain(outputs, o => (string?)o["output_type"] == "error");
        string[] described = Notebook.Describe([.. outputs.Select(o => o.DeepClone())]);
        Assert.Contains(described, d => d.Contains("the engine counts", StringComparison.Ordinal));
        Assert.Contains(described, d => d.StartsWith("svg: ", StringComparison.Ordinal));
        Assert.DoesNotContain(described, d => d.Contains("No epoch is done yet", StringComparison.Ordinal));
        Assert.Contains("Accuracy", described[^1], StringComparison.Ordinal);
    }

    // The notebook without its stored outputs, and with a first cell that names the packages of this build.
    private static string WithPackageSource()
    {
        var root = JsonNode.Parse(File.ReadAllText(Path.Combine(Programs.Root, "Notebooks", Name)))!.AsObject();
        var cells = root["cells"]!.AsArray();
        var source = new JsonObject
        {
            ["cell_type"] = "code",
            ["execution_count"] = null,
            ["metadata"] = new JsonObject(),
            ["source"] = new JsonArray(Kernel.PackageSource),
        };
        cells.Insert(0, (JsonNode)source);
        foreach (var cell in cells.Where(c => (string?)c!["cell_type"] == "code"))
            cell!["outputs"] = new JsonArray();
        return root.ToJsonString();
    }

    private static async Task Run(TemporaryFolder folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        Kernel.Isolate(start, folder);
        // Neither the user's kernels nor the user's settings; the installed kernel calls `dotnet interactive`.
        start.Environment["JUPYTER_DATA_DIR"] = start.Environment["JUPYTER_CONFIG_DIR"] = folder.Root;
        start.Environment["PATH"] = Path.GetDirectoryName(Kernel.Require()) + Path.PathSeparator + start.Environment["PATH"];
        using var process = Process.Start(start)!;
        var texts = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {texts[0]}{texts[1]}");
    }
}
