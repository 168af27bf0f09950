using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TransferKit.Weights;

namespace TransferKit.Tests.Toolkit.Commands;

public sealed class FinetuneTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_leaves_its_folder_and_a_model_that_evaluates_the_same()
    {
        string photos = Drawings.Folder(_folder, each: 10), run = _folder.File("run");
        var (code, output, error) = CliTests.Run([.. Arguments(photos, run, epochs: 4), "--json", "--lr", "auto", "--augment", "light"]);
        Assert.True(code == 0, error);
        Assert.Equal(["arguments.json", "best.safetensors", "last.ckpt", "model.onnx", "model.zip", "report.html", "report.json", "results.csv"],
            Directory.GetFiles(run).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var result = JsonDocument.Parse(output).RootElement;
        Assert.Equal(4, result.GetProperty("total").GetInt32());
        string[] lines = File.ReadAllLines(Path.Combine(run, "results.csv"));
        Assert.Equal(5, lines.Length);
        Assert.All(lines.Skip(1), line => Assert.Equal(8, line.Split(',').Length));
        Assert.Contains("Epoch 4: loss", error, StringComparison.Ordinal);
        Assert.Equal("lenet5", JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "arguments.json"))).RootElement.GetProperty("--backbone").GetString());
        Assert.Equal(4, JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "report.json"))).RootElement.GetProperty("history").GetArrayLength());
        (code, output, error) = CliTests.Run("evaluate", Path.Combine(run, "model.zip"), photos, "--json");
        Assert.True(code == 0, error);
        Assert.Equal(20, JsonDocument.Parse(output).RootElement.GetProperty("total").GetInt32());
    }

    /// <summary>Killed in the middle, by the system, the training goes on to the weights it would have had.</summary>
    [Fact]
    public void A_killed_training_resumes_to_the_same_weights()
    {
        string photos = Drawings.Folder(_folder, each: 12), whole = _folder.File("whole"), killed = _folder.File("killed");
        Assert.Equal(0, CliTests.Run(Arguments(photos, whole, epochs: 30)).Code);
        using (var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "TransferKit.Toolkit.dll"), .. Arguments(photos, killed, epochs: 30)])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!)
        {
            while (process.StandardError.ReadLine() is { } line && !line.StartsWith("Epoch 7:", StringComparison.Ordinal))
            {
            }
            process.Kill();
            process.WaitForExit();
        }
        Assert.False(File.Exists(Path.Combine(killed, "model.zip")));
        var (code, _, error) = CliTests.Run([.. Arguments(photos, killed, epochs: 30), "--resume"]);
        Assert.True(code == 0, error);
        Assert.DoesNotContain("Epoch 3:", error, StringComparison.Ordinal);
        using StateDict one = Safetensors.Read(Path.Combine(whole, "best.safetensors")), other = Safetensors.Read(Path.Combine(killed, "best.safetensors"));
        Assert.All(one, tensor => Assert.Equal(tensor.Value.Bytes.ToArray(), other[tensor.Key].Bytes.ToArray()));
    }

    [Fact]
    public void Ways_are_compared_and_what_is_not_built_in_is_said()
    {
        var (code, output, error) = CliTests.Run("compare", Drawings.Folder(_folder, each: 8), "--backbone", "lenet5", "--weights", "none", "--epochs", "2", "--batch-size", "4", "--ways", "svm", "last-layer", "all", "stock", "--json");
        Assert.True(code == 0, error);
        var rows = JsonDocument.Parse(output).RootElement;
        Assert.Equal(["svm", "last-layer", "all"], rows.EnumerateArray().Select(r => r.GetProperty("way").GetString()));
        Assert.All(rows.EnumerateArray(), r => Assert.Equal(4, r.GetProperty("total").GetInt32()));
        Assert.Contains("build it with -p:TensorFlow=true", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--lr fast is neither a number nor auto.", "--lr", "fast")]
    [InlineData("0 epochs are impossible", "--epochs", "0")]
    [InlineData("Unknown node 'conv9'", "--mode", "last-layers", "--from", "conv9")]
    public void Wrong_usage_is_quoted(string message, params string[] further)
    {
        var (code, _, error) = CliTests.Run(["finetune", Drawings.Folder(_folder, each: 2), "--backbone", "lenet5", "--weights", "none", "--out", _folder.File("run"), .. further]);
        Assert.Equal(2, code);
        Assert.StartsWith(message, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("run")));
    }

    private static string[] Arguments(string photos, string run, int epochs) =>
    [
        "finetune", photos, "--backbone", "lenet5", "--weights", "none", "--mode", "all", "--epochs", epochs.ToString(CultureInfo.InvariantCulture), "--batch-size", "4", "--out", run,
    ];
}
