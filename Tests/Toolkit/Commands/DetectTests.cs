using System.Text.Json;
using TransferKit.Images;
using TransferKit.Tests.Featurizers.Detection;

namespace TransferKit.Tests.Toolkit.Commands;

public sealed class DetectTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Train_evaluate_and_predict_agree()
    {
        BrightSquares.Write(_folder, 6);
        File.WriteAllText(_folder.File("train.txt"), "0\n1\n2\n3\n");
        File.WriteAllText(_folder.File("test.txt"), "4\n5\n");
        string coco = Coco(4, 5);
        string testList = _folder.File("test.txt"), pictures = _folder.File("pictures"), page = _folder.File("page.html");
        string run = _folder.File("run"), model = Path.Combine(run, "model.zip");
        var trained = CliTests.Json("detect", "train", _folder.Root, "--list", _folder.File("train.txt"), "--test-annotations", coco,
            "--backbone", "shufflenet_v2_x0_5", "--weights", "none", "--min-size", "64", "--max-size", "64", "--epochs", "2",
            "--batch-size", "2", "--validation-fraction", "0", "--frozen-stages", "0", "--out", run);
        Assert.Equal([BrightSquares.Label], trained.GetProperty("labels").EnumerateArray().Select(l => l.GetString()));
        string[] files = ["arguments.json", "best.safetensors", "last.ckpt", "model.zip", "report.html", "report.json", "results.csv"];
        Assert.Equal(files, Directory.GetFiles(run).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        var evaluated = CliTests.Json("detect", "evaluate", model, _folder.Root, "--list", testList, "--report", page);
        Assert.True(JsonElement.DeepEquals(trained.GetProperty("metrics"), evaluated), $"{trained.GetProperty("metrics")} and {evaluated}");
        Assert.Contains("<svg", File.ReadAllText(page), StringComparison.Ordinal);
        Assert.Contains("<svg", File.ReadAllText(Path.Combine(run, "report.html")), StringComparison.Ordinal);
        string error = CliTests.Run("detect", "evaluate", model, _folder.Root, "--annotations", coco, "--list", testList).Error;
        Assert.Contains("lists its images itself", error, StringComparison.Ordinal);

        File.WriteAllText(_folder.File("broken.jpg"), "no image");
        string photo = Path.Combine(_folder.Root, "4.png"), broken = _folder.File("broken.jpg");
        var (code, output, _) = CliTests.Run("detect", "predict", model, photo, broken, "--score", "0", "--out", pictures, "--json");
        Assert.Equal(1, code);
        var photos = JsonDocument.Parse(output).RootElement.GetProperty("predictions");
        var detections = photos[0].GetProperty("detections").EnumerateArray().ToArray();
        Assert.All(detections, d => Assert.Equal(BrightSquares.Label, d.GetProperty("label").GetString()));
        Assert.Equal(64, ImageDecoder.Decode(Path.Combine(pictures, "1-4.png")).Width);
        Assert.Contains("broken.jpg", photos[1].GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_are_not_detectors_are_refused()
    {
        File.WriteAllText(_folder.File("model.zip"), "no model");
        var (code, _, error) = CliTests.Run("detect", "predict", _folder.File("model.zip"), "a.jpg");
        Assert.Equal(1, code);
        Assert.Contains("model.zip' is not a model: it is not a zip file.", error, StringComparison.Ordinal);
        (code, _, error) = CliTests.Run("detect", "train", _folder.Root);
        Assert.Equal(1, code);
        Assert.Contains("There are no images with XML files", error, StringComparison.Ordinal);
    }

    // The same boxes as in the XML files.
    private string Coco(params int[] numbers)
    {
        string file = _folder.File("test.json");
        File.WriteAllText(file, JsonSerializer.Serialize(new
        {
            images = numbers.Select(n => new { id = n, file_name = $"{n}.png" }),
            categories = new[] { new { id = 7, name = BrightSquares.Label } },
            annotations = numbers.Select(n => (Number: n, BrightSquares.Draw(n).GroundTruth[0].Box)).Select(m => new
            {
                id = m.Number,
                image_id = m.Number,
                category_id = 7,
                bbox = new[] { m.Box.Left, m.Box.Top, m.Box.Right - m.Box.Left, m.Box.Bottom - m.Box.Top },
            }),
        }));
        return file;
    }
}
