using System.Globalization;
using System.Text;
using System.Text.Json;
using TransferKit.Images;

namespace TransferKit.Tests.Toolkit.Commands;

/// <summary>Training from the command line, and the commands that use its model or the same features.</summary>
public sealed class TrainTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Train_evaluate_and_predict_agree()
    {
        string photos = Drawings.Folder(_folder, each: 8), model = _folder.File("model.zip");
        string test = Drawings.Folder(_folder, each: 3, "test"), unreadable = Path.Combine(photos, "bars", "notes.txt");
        File.WriteAllText(unreadable, "");
        var trained = CliTests.Json("train", photos, "--test", test, "--weights", "none", "--out", model);
        Assert.Equal(6, trained.GetProperty("total").GetInt32());
        Assert.Equal(["bars", "discs"], trained.GetProperty("classes").Deserialize<string[]>()!);
        Assert.Equal(model, trained.GetProperty("model").GetString());
        string skipped = trained.GetProperty("skipped")[0].GetProperty("text").GetString()!;
        Assert.EndsWith("notes.txt: the file is empty.", skipped, StringComparison.Ordinal);
        foreach (string figure in new[] { "accuracy", "per_class", "images_per_second", "seconds" })
            Assert.True(trained.TryGetProperty(figure, out _), figure);

        string onnx = trained.GetProperty("onnx").GetString()!;
        Assert.Equal(Path.ChangeExtension(model, ".onnx"), onnx);
        PlainOnnx.AssertSame(model, onnx, Path.Combine(test, "bars", "00.jpg"), Path.Combine(test, "discs", "01.jpg"));

        var evaluated = CliTests.Json("evaluate", model, test);
        Assert.Equal(trained.GetProperty("correct").GetInt32(), evaluated.GetProperty("correct").GetInt32());
        int[][] confusion = evaluated.GetProperty("confusion").Deserialize<int[][]>()!;
        Assert.Equal(trained.GetProperty("correct").GetInt32(), confusion[0][0] + confusion[1][1]);

        string readable = Path.Combine(test, "bars", "00.jpg");
        var (code, output, _) = CliTests.Run("predict", model, readable, unreadable, readable, "--json", "--top", "1");
        Assert.Equal(1, code);
        var predictions = JsonDocument.Parse(output).RootElement.GetProperty("predictions");
        Assert.Equal([readable, unreadable, readable], predictions.EnumerateArray().Select(p => p.GetProperty("file").GetString()));
        Assert.Single(predictions[0].GetProperty("labels").EnumerateArray());
        Assert.EndsWith("the file is empty.", predictions[1].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(predictions[0].GetProperty("labels").ToString(), predictions[2].GetProperty("labels").ToString());
    }

    [Fact]
    public void A_model_of_integers_is_trained_evaluated_and_explained()
    {
        IntegerInstructions.Require();
        string photos = Drawings.Folder(_folder, each: 8), test = Drawings.Folder(_folder, each: 3, "test");
        string model = _folder.File("model.zip");
        var trained = CliTests.Json("train", photos, "--test", test, "--backbone", "resnet18", "--weights", "none", "--resize", "64",
            "--crop", "64", "--precision", "int8", "--out", model);
        Assert.Equal(trained.GetProperty("correct").GetInt32(), CliTests.Json("evaluate", model, test).GetProperty("correct").GetInt32());
        string photo = Path.Combine(test, "bars", "00.jpg");
        PlainOnnx.AssertSame(model, trained.GetProperty("onnx").GetString()!, photo);
        CliTests.Json("explain", model, photo, "--out", _folder.File("maps"));
        Assert.Single(Directory.GetFiles(_folder.File("maps"), "*.png"));
    }

    [Fact]
    public void Explain_draws_a_map_over_each_photo_by_every_method()
    {
        string photos = Drawings.Folder(_folder, each: 4), maps = _folder.File("maps"), model = Train(photos);
        string[] files = [Path.Combine(photos, "bars", "00.jpg"), Path.Combine(photos, "discs", "00.jpg")];
        foreach (string method in new[] { "grad-cam", "cam", "grad-cam++", "score-cam", "eigen-cam", "layer-cam" })
        {
            string layer = method == "cam" ? "layer4" : "layer2";
            string[] command = ["explain", model, .. files, "--method", method, "--class", "discs", "--layer", layer, "--out", maps];
            var explained = CliTests.Json(command).GetProperty("explanations");
            // Photos of the same name from two folders get different names.
            Assert.Equal([Path.Combine(maps, "00-map.png"), Path.Combine(maps, "00-map-2.png")],
                explained.EnumerateArray().Select(e => e.GetProperty("picture").GetString()));
            foreach (var (file, explanation) in files.Zip(explained.EnumerateArray()))
            {
                var (photo, picture) = (Decode(file), Decode(explanation.GetProperty("picture").GetString()!));
                Assert.Equal((photo.Width, photo.Height), (picture.Width, picture.Height));
                int[] box = explanation.GetProperty("box").Deserialize<int[]>()!;
                int[] peak = explanation.GetProperty("peak").Deserialize<int[]>()!;
                Assert.InRange(peak[0], 0, photo.Width - 1);
                Assert.True(box[0] < box[2] && box[1] < box[3] && box[2] <= photo.Width && box[3] <= photo.Height, method);
                Assert.Equal("discs", explanation.GetProperty("label").GetString());
            }
        }
    }

    [Fact]
    public void Explain_reports_unreadable_photos_unknown_labels_and_unsuitable_layers()
    {
        string photos = Drawings.Folder(_folder, each: 4), maps = _folder.File("maps"), broken = _folder.File("broken.jpg");
        string model = Train(photos), photo = Path.Combine(photos, "bars", "00.jpg");
        File.WriteAllText(broken, "no photo");
        var (code, output, _) = CliTests.Run("explain", model, broken, photo, "--method", "eigen-cam", "--out", maps);
        Assert.Equal(1, code);
        Assert.Contains("broken.jpg", output, StringComparison.Ordinal);
        Assert.Contains("00-map.png", output, StringComparison.Ordinal);
        string unknownLabel = CliTests.Run("explain", model, photo, "--method", "eigen-cam", "--class", "dics", "--out", maps).Error;
        Assert.Contains("Unknown label 'dics'; the model knows bars, discs.", unknownLabel, StringComparison.Ordinal);
        string unsuitable = CliTests.Run("explain", model, photo, "--method", "cam", "--layer", "layer3", "--out", maps).Error;
        Assert.Contains("CAM needs a network that ends with a global average of 'layer3", unsuitable, StringComparison.Ordinal);
    }

    [Fact]
    public void Embed_writes_rows_in_order_as_csv_and_npy()
    {
        string photos = Drawings.Folder(_folder, each: 2);
        string[] files = [.. Directory.GetFiles(photos, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        // A stray is left out with success.
        File.WriteAllText(Path.Combine(photos, "bars", "Thumbs.db"), "no image");
        var written = CliTests.Json("embed", photos, "--weights", "none", "--out", _folder.File("features.csv"));
        Assert.Contains("Thumbs.db: not an image", written.GetProperty("skipped")[0].GetProperty("text").GetString(),
            StringComparison.Ordinal);
        string[] lines = File.ReadAllLines(_folder.File("features.csv"));
        Assert.Equal(1026, lines[0].Split(',').Length);
        Assert.Equal(files, lines.Skip(1).Select(l => l.Split(',')[0]));
        Assert.Equal(["bars", "bars", "discs", "discs"], lines.Skip(1).Select(l => l.Split(',')[1]));

        var result = CliTests.Json("embed", photos, "--weights", "none", "--out", _folder.File("features.npy"));
        Assert.Equal(1024, result.GetProperty("width").GetInt32());
        byte[] npy = File.ReadAllBytes(_folder.File("features.npy"));
        int header = 10 + BitConverter.ToUInt16(npy, 8);
        Assert.Equal(0, header % 64);
        Assert.Contains("'shape': (4, 1024)", Encoding.ASCII.GetString(npy, 10, header - 10), StringComparison.Ordinal);
        Assert.Equal(header + 4 * 4 * 1024, npy.Length);
        float csvValue = float.Parse(lines[2].Split(',')[6], CultureInfo.InvariantCulture);
        Assert.Equal(csvValue, BitConverter.ToSingle(npy, header + 4 * (1024 + 4)));
        Assert.Equal(files, File.ReadAllLines(_folder.File("features.npy.names.txt")));

        // A smaller crop gives other features.
        CliTests.Json("embed", photos, "--weights", "none", "--crop", "64", "--out", _folder.File("small.npy"));
        Assert.NotEqual(npy, File.ReadAllBytes(_folder.File("small.npy")));
        // So does every other part of the preprocessing, but not one that is given as it was.
        string[][] changes =
        [
            ["--mean", "0.1,0.2,0.3"], ["--std", "0.1,0.2,0.3"], ["--interpolation", "bicubic"], ["--channel-order", "bgr"],
            ["--crop-mode", "squash"],
        ];
        foreach (string[] change in changes)
        {
            CliTests.Json(["embed", photos, "--weights", "none", .. change, "--out", _folder.File("other.npy")]);
            Assert.NotEqual(npy, File.ReadAllBytes(_folder.File("other.npy")));
        }
        CliTests.Json("embed", photos, "--weights", "none", "--mean", "0.485,0.456,0.406", "--out", _folder.File("same.npy"));
        Assert.Equal(npy, File.ReadAllBytes(_folder.File("same.npy")));
    }

    private string Train(string photos)
    {
        string model = _folder.File("model.zip");
        CliTests.Json("train", photos, "--backbone", "resnet18", "--weights", "none", "--resize", "64", "--crop", "64", "--out", model);
        return model;
    }

    private static Picture Decode(string file) => new ImageSource(file).Decode();
}
