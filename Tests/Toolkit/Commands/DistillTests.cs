using System.IO.Compression;
using System.Text.Json;
using TransferKit.Tests.Featurizers.Training;

namespace TransferKit.Tests.Toolkit.Commands;

public sealed class DistillTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_takes_folders_and_zip_files_and_writes_a_run_folder()
    {
        string photos = Drawings.Folder(_folder, each: 10), zip = _folder.File("photos.zip"), run = _folder.File("run");
        ZipFile.CreateFromDirectory(photos, zip);
        File.WriteAllText(Path.Combine(photos, "bars", "broken.jpg"), "no image");
        string teacher = DistillerTests.WriteTeacher(_folder);
        var (code, output, error) = CliTests.Run("distill", "--images", photos, zip, "--teacher", "lenet5", "--teacher-weights", teacher,
            "--student", "lenet5", "--size", "32", "--epochs", "2", "--batch-size", "16", "--probe", photos, "--out", run, "--json");
        Assert.True(code == 0, error);
        Assert.Contains("Skipped: ", error, StringComparison.Ordinal);
        string[] files = ["arguments.json", "best.safetensors", "last.ckpt", "model.onnx", "report.json", "results.csv"];
        Assert.Equal(files, Directory.GetFiles(run).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var result = JsonDocument.Parse(output).RootElement;
        var report = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "report.json"))).RootElement;
        Assert.Equal(2, report.GetProperty("history").GetArrayLength());
        Assert.True(JsonElement.DeepEquals(result, report.GetProperty("result")));
        Assert.Equal(4, result.GetProperty("probes")[0].GetProperty("total").GetInt32());
        Assert.Equal("phase,epoch,learning_rate,loss,agreement,validation_loss,validation_agreement,seconds",
            File.ReadLines(Path.Combine(run, "results.csv")).First());
    }

    [Fact]
    public void A_missing_folder_is_named()
    {
        var (code, _, error) = CliTests.Run("distill", "--images", _folder.File("nowhere"));
        Assert.Equal((2, $"There is no folder or .zip file '{_folder.File("nowhere")}'.\n"), (code, error));
    }
}
