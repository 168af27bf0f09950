using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TransferKit.Backbones;
using TransferKit.Weights;

namespace TransferKit.Tests.Toolkit.Commands;

public sealed class FinetuneTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_writes_its_folder_and_a_model_that_can_be_evaluated()
    {
        string photos = Drawings.Folder(_folder, each: 10), run = _folder.File("run");
        var (code, output, error) = CliTests.Run([.. Arguments(photos, run, epochs: 4), "--json", "--lr", "auto", "--augment", "light"]);
        Assert.True(code == 0, error);
        string[] files =
        [
            "arguments.json", "best.safetensors", "last.ckpt", "model.onnx", "model.zip", "report.html", "report.json", "results.csv",
        ];
        Assert.Equal(files, Directory.GetFiles(run).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var result = JsonDocument.Parse(output).RootElement;
        Assert.Equal(4, result.GetProperty("total").GetInt32());
        Assert.Contains("Epoch 4: loss", error, StringComparison.Ordinal);
        Assert.Equal("lenet5", Json(run, "arguments.json").GetProperty("--backbone").GetString());

        string[] lines = File.ReadAllLines(Path.Combine(run, "results.csv"));
        Assert.Equal("phase,epoch,learning_rate,loss,accuracy,validation_loss,validation_accuracy,seconds", lines[0]);
        Assert.Equal(5, lines.Length);
        Assert.All(lines.Skip(1), line => Assert.Equal(8, line.Split(',').Length));
        var report = Json(run, "report.json");
        Assert.Equal(result.GetProperty("correct").GetInt32(), report.GetProperty("result").GetProperty("correct").GetInt32());
        var history = report.GetProperty("history");
        Assert.Equal(4, history.GetArrayLength());
        Assert.Equal(lines[4].Split(',')[6],
            history[3].GetProperty("validation_metrics").GetProperty("accuracy").GetDouble().ToString(CultureInfo.InvariantCulture));

        (code, output, error) = CliTests.Run("evaluate", Path.Combine(run, "model.zip"), photos, "--json");
        Assert.True(code == 0, error);
        Assert.Equal(20, JsonDocument.Parse(output).RootElement.GetProperty("total").GetInt32());

        string[] images = [Path.Combine(photos, "bars", "00.jpg"), Path.Combine(photos, "discs", "01.jpg")];
        Assert.Equal("probabilities",
            PlainOnnx.AssertSame(Path.Combine(run, "model.zip"), Path.Combine(run, "model.onnx"), images));
    }

    /// <summary>A later run starts from the weights of an earlier one, with its preprocessing and without its last layer.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("model.zip")]
    [InlineData("best.safetensors")]
    public void A_run_starts_from_an_earlier_run_with_other_classes(string name)
    {
        string photos = Drawings.Folder(_folder, each: 4), earlier = _folder.File("earlier"), run = _folder.File("run");
        Assert.Equal(0, CliTests.Run([.. Arguments(photos, earlier, epochs: 1), "--resize", "40", "--crop", "36"]).Code);
        for (int i = 0; i < 4; i++)
            Drawings.Write(Path.Combine(photos, "more", $"{i}.jpg"), "discs", seed: 50 + i);
        string weights = Path.Combine(earlier, name);
        // A learning rate of nearly 0 leaves the weights as they were.
        var (code, _, error) = CliTests.Run("finetune", photos, "--backbone", "lenet5", "--weights", weights, "--epochs", "1",
            "--batch-size", "4", "--mode", "all", "--lr", "1e-9", "--out", run);
        Assert.True(code == 0, error);
        string file = Path.Combine(earlier, "best.safetensors");
        Assert.Contains($"The last layer of {file} has 2 classes: it is replaced by a new one for the 3 classes here.", error,
            StringComparison.Ordinal);
        using var before = Safetensors.Read(file);
        using var after = Safetensors.Read(Path.Combine(run, "best.safetensors"));
        float[] expected = before["conv1.weight"].Floats().ToArray(), actual = after["conv1.weight"].Floats().ToArray();
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
        Assert.Equal((40, 36), SizesOf(run));

        // The earlier run would be deleted before its weights are read.
        (code, _, error) = CliTests.Run("finetune", photos, "--backbone", "lenet5", "--weights", weights, "--out", earlier);
        Assert.Equal(2, code);
        Assert.Contains("is in the run folder that --out names", error, StringComparison.Ordinal);
        Assert.True(File.Exists(file));
    }

    /// <summary>A training that the system kills is resumed, and ends with the weights of an uninterrupted one.</summary>
    [Fact]
    public void A_killed_training_resumes_to_the_same_weights()
    {
        string photos = Drawings.Folder(_folder, each: 12), whole = _folder.File("whole"), killed = _folder.File("killed");
        Assert.Equal(0, CliTests.Run(Arguments(photos, whole, epochs: 30)).Code);
        string command = Path.Combine(AppContext.BaseDirectory, "TransferKit.Toolkit.dll");
        var start = new ProcessStartInfo("dotnet", [command, .. Arguments(photos, killed, epochs: 30)])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using (var process = Process.Start(start)!)
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
        using var expected = Safetensors.Read(Path.Combine(whole, "best.safetensors"));
        using var actual = Safetensors.Read(Path.Combine(killed, "best.safetensors"));
        Assert.All(expected, tensor => Assert.Equal(tensor.Value.Bytes.ToArray(), actual[tensor.Key].Bytes.ToArray()));
    }

    [Fact]
    public void A_run_is_resumed_with_more_epochs_or_replaced_only_on_request()
    {
        string photos = Drawings.Folder(_folder, each: 6), run = _folder.File("run");
        Assert.Equal(0, CliTests.Run(Arguments(photos, run, epochs: 2)).Code);
        byte[] weights = File.ReadAllBytes(Path.Combine(run, "best.safetensors"));

        var (code, _, error) = CliTests.Run(Arguments(photos, run, epochs: 3));
        const string Files = "best.safetensors, last.ckpt, model.onnx, model.zip, report.html, report.json, results.csv";
        Assert.Equal(1, code);
        Assert.Equal($"'{run}' holds a run already ({Files}): resume it with --resume, replace it with --force, or name another folder "
            + "with --out.\n", error);
        (code, _, error) = CliTests.Run([.. Arguments(photos, run, epochs: 1), "--resume", "--lr", "0.1", "--device", "cpu"]);
        Assert.Equal(2, code);
        Assert.Contains($"The run in '{run}' had other settings (--epochs: 2, now 1; --lr: not given, now 0.1).", error,
            StringComparison.Ordinal);
        Assert.Equal(weights, File.ReadAllBytes(Path.Combine(run, "best.safetensors")));

        (code, _, error) = CliTests.Run([.. Arguments(photos, run, epochs: 3), "--resume"]);
        Assert.True(code == 0, error);
        Assert.Contains("its learning rate follows the schedule of 3 epochs from now on", error, StringComparison.Ordinal);
        Assert.Matches(@"Kept epoch \d of 3 \(validation accuracy \d+\.0 %\)\.", error);
        Assert.Equal("3", Json(run, "arguments.json").GetProperty("--epochs").GetString());
        Assert.Equal(3, Json(run, "report.json").GetProperty("history").GetArrayLength());

        File.Delete(Path.Combine(run, "last.ckpt"));
        (code, _, error) = CliTests.Run([.. Arguments(photos, run, epochs: 3), "--resume"]);
        Assert.Equal(1, code);
        Assert.Contains("but no last.ckpt to resume it from: replace it with --force", error, StringComparison.Ordinal);
        (code, _, error) = CliTests.Run([.. Arguments(photos, run, epochs: 1), "--force"]);
        Assert.True(code == 0, error);
        Assert.Equal(1, Json(run, "report.json").GetProperty("history").GetArrayLength());
    }

    [Fact]
    public void A_training_that_fails_leaves_nothing()
    {
        string photos = Drawings.Folder(_folder, each: 4), weights = Path.Combine(photos, "bars", "00.jpg");
        var (code, _, error) = CliTests.Run("finetune", photos, "--weights", weights, "--resume", "--out", _folder.File("new/run"));
        Assert.Equal(1, code);
        Assert.Contains("has no checkpoint yet: the training starts at its first epoch", error, StringComparison.Ordinal);
        Assert.Contains("weights are .safetensors files, or .pth and .pt files", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("new")));
    }

    [Fact]
    public void Compare_trains_in_each_mode_and_names_those_that_are_not_built_in()
    {
        var (code, output, error) = CliTests.Run("compare", Drawings.Folder(_folder, each: 8), "--backbone", "lenet5", "--weights", "none",
            "--epochs", "2", "--batch-size", "4", "--modes", "svm", "logistic", "last-layer", "all", "stock", "--json");
        Assert.True(code == 0, error);
        var rows = JsonDocument.Parse(output).RootElement.GetProperty("modes");
        Assert.Equal(["svm", "logistic", "last-layer", "all"], rows.EnumerateArray().Select(r => r.GetProperty("mode").GetString()));
        Assert.All(rows.EnumerateArray(), r => Assert.Equal(4, r.GetProperty("total").GetInt32()));
        Assert.Contains("build it with -p:TensorFlow=true", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("A learning rate of 'fast' is invalid: --lr takes a number or 'auto'.", "--lr", "fast")]
    [InlineData("0 epochs are invalid", "--epochs", "0")]
    [InlineData("--stages has no effect without --mode last-layers: leave it out.", "--stages", "2")]
    [InlineData("--from has no effect without --mode last-layers: leave it out.", "--mode", "all", "--from", "fc3")]
    [InlineData("--stages has no effect with --from: leave it out.", "--mode", "last-layers", "--from", "fc3", "--stages", "2")]
    [InlineData("--freeze-epochs has no effect without --mode last-layers or all: leave it out.", "--freeze-epochs", "2")]
    [InlineData("--drop-path has no effect without --mode last-layers or all: leave it out.", "--drop-path", "0.1")]
    [InlineData("Drop path needs residual blocks, and the network has none.", "--mode", "all", "--drop-path", "0.1")]
    [InlineData("--momentum has no effect without --optimizer sgd: leave it out.", "--momentum", "0.5")]
    [InlineData("--warmup-fraction has no effect with --schedule onecycle", "--schedule", "onecycle", "--warmup-fraction", "0.1")]
    [InlineData("--views has no effect with --augment none: leave it out.", "--views", "2")]
    [InlineData("--force has no effect with --resume: leave it out.", "--resume", "--force")]
    [InlineData("Unknown node 'conv9'", "--mode", "last-layers", "--from", "conv9")]
    public void Wrong_usage_is_quoted(string message, params string[] further)
    {
        string photos = Drawings.Folder(_folder, each: 2), run = _folder.File("run");
        var (code, _, error) = CliTests.Run(["finetune", photos, "--backbone", "lenet5", "--weights", "none", "--out", run, .. further]);
        Assert.Equal(2, code);
        Assert.StartsWith(message, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(run));
    }

    private static (int Resize, int Crop) SizesOf(string run)
    {
        var preprocessing = Pretrained.PreprocessingOf("lenet5", run);
        return (preprocessing.Resize, preprocessing.Crop);
    }

    private static JsonElement Json(string run, string name) => JsonDocument.Parse(File.ReadAllText(Path.Combine(run, name))).RootElement;

    private static string[] Arguments(string photos, string run, int epochs) =>
    [
        "finetune", photos, "--backbone", "lenet5", "--weights", "none", "--mode", "all",
        "--epochs", epochs.ToString(CultureInfo.InvariantCulture), "--batch-size", "4", "--out", run,
    ];
}
