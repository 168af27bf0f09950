using System.Globalization;
using System.Text.Json;
using TransferKit.Backbones;
using TransferKit.Images;
using TransferKit.Toolkit;
using TransferKit.Weights;

namespace TransferKit.Tests.Toolkit;

public sealed class CliTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    internal static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using StringWriter output = new(CultureInfo.InvariantCulture), error = new(CultureInfo.InvariantCulture);
        return (Cli.Run(arguments, output, error), output.ToString(), error.ToString());
    }

    internal static JsonElement Json(params string[] arguments)
    {
        var (code, output, error) = Run([.. arguments, "--json"]);
        Assert.True(code == 0, error);
        return JsonDocument.Parse(output).RootElement;
    }

    [Fact]
    public void Train_evaluate_and_predict_agree()
    {
        string photos = Drawings.Folder(_folder, each: 8), model = _folder.File("model.zip");
        string test = Drawings.Folder(_folder, each: 3, "test");
        File.WriteAllText(Path.Combine(photos, "bars", "notes.txt"), "");
        var trained = Json("train", photos, "--test", test, "--weights", "none", "--out", model);
        Assert.Equal(6, trained.GetProperty("total").GetInt32());
        Assert.Equal(["bars", "discs"], trained.GetProperty("classes").EnumerateArray().Select(c => c.GetString()));
        Assert.Equal(model, trained.GetProperty("model").GetString());
        Assert.EndsWith("notes.txt: the file is empty.", trained.GetProperty("skipped")[0].GetProperty("text").GetString(), StringComparison.Ordinal);
        foreach (string figure in new[] { "accuracy", "per_class", "images_per_second", "seconds" })
            Assert.True(trained.TryGetProperty(figure, out _), figure);

        var evaluated = Json("evaluate", model, test);
        Assert.Equal(trained.GetProperty("correct").GetInt32(), evaluated.GetProperty("correct").GetInt32());
        int[][] confusion = evaluated.GetProperty("confusion").Deserialize<int[][]>()!;
        Assert.Equal(trained.GetProperty("correct").GetInt32(), confusion[0][0] + confusion[1][1]);

        string good = Path.Combine(test, "bars", "00.jpg");
        var (code, output, _) = Run("predict", model, good, Path.Combine(photos, "bars", "notes.txt"), good, "--json", "--top", "1");
        Assert.Equal(1, code);
        var predictions = JsonDocument.Parse(output).RootElement;
        Assert.Equal([good, Path.Combine(photos, "bars", "notes.txt"), good], predictions.EnumerateArray().Select(p => p.GetProperty("file").GetString()));
        Assert.Single(predictions[0].GetProperty("predictions").EnumerateArray());
        Assert.EndsWith("the file is empty.", predictions[1].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(predictions[0].GetProperty("predictions").ToString(), predictions[2].GetProperty("predictions").ToString());
    }

    [Fact]
    public void Explain_draws_where_a_label_is_seen()
    {
        string photos = Drawings.Folder(_folder, each: 4), model = _folder.File("model.zip"), maps = _folder.File("maps"), broken = _folder.File("broken.jpg");
        File.WriteAllText(broken, "no photo");
        Json("train", photos, "--backbone", "resnet18", "--weights", "none", "--resize", "64", "--crop", "64", "--out", model);
        string[] files = [Path.Combine(photos, "bars", "00.jpg"), Path.Combine(photos, "discs", "00.jpg")];
        foreach (string method in new[] { "grad-cam", "cam", "grad-cam++", "score-cam", "eigen-cam", "layer-cam" })
        {
            var found = Json(["explain", model, .. files, "--method", method, "--class", "discs", "--layer", method == "cam" ? "layer4" : "layer2", "--out", maps]);
            // Files of one name in two folders become two pictures.
            Assert.Equal([Path.Combine(maps, "00-map.png"), Path.Combine(maps, "00-map-2.png")], found.EnumerateArray().Select(f => f.GetProperty("picture").GetString()));
            foreach (var (file, one) in files.Zip(found.EnumerateArray()))
            {
                var (photo, picture) = (new ImageSource(file).Decode(), new ImageSource(one.GetProperty("picture").GetString()!).Decode());
                Assert.Equal((photo.Width, photo.Height), (picture.Width, picture.Height));
                int[] box = one.GetProperty("box").Deserialize<int[]>()!, peak = one.GetProperty("peak").Deserialize<int[]>()!;
                Assert.InRange(peak[0], 0, photo.Width - 1);
                Assert.True(box[0] < box[2] && box[1] < box[3] && box[2] <= photo.Width && box[3] <= photo.Height, method);
                Assert.Equal("discs", one.GetProperty("label").GetString());
            }
        }
        var (code, output, _) = Run("explain", model, broken, files[0], "--method", "eigen-cam", "--out", maps);
        Assert.Equal(1, code);
        Assert.Contains("broken.jpg", output, StringComparison.Ordinal);
        Assert.Contains("00-map.png", output, StringComparison.Ordinal);
        Assert.Contains("Unknown label 'dics'; the model knows bars, discs.", Run("explain", model, files[0], "--method", "eigen-cam", "--class", "dics", "--out", maps).Error, StringComparison.Ordinal);
        Assert.Contains("CAM needs a network that ends with a global average of 'layer3", Run("explain", model, files[0], "--method", "cam", "--layer", "layer3", "--out", maps).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Embed_writes_rows_in_order_as_csv_and_npy()
    {
        string photos = Drawings.Folder(_folder, each: 2);
        Json("embed", photos, "--weights", "none", "--out", _folder.File("features.csv"));
        string[] lines = File.ReadAllLines(_folder.File("features.csv"));
        Assert.Equal(1025, lines[0].Split(',').Length);
        Assert.Equal(Directory.GetFiles(photos, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal), lines.Skip(1).Select(l => l.Split(',')[0]));

        var result = Json("embed", photos, "--weights", "none", "--out", _folder.File("features.npy"));
        Assert.Equal(1024, result.GetProperty("width").GetInt32());
        byte[] npy = File.ReadAllBytes(_folder.File("features.npy"));
        int header = 10 + BitConverter.ToUInt16(npy, 8);
        Assert.Equal(0, header % 64);
        Assert.Contains("'shape': (4, 1024)", System.Text.Encoding.ASCII.GetString(npy, 10, header - 10), StringComparison.Ordinal);
        Assert.Equal(header + 4 * 4 * 1024, npy.Length);
        Assert.Equal(float.Parse(lines[2].Split(',')[5], CultureInfo.InvariantCulture), BitConverter.ToSingle(npy, header + 4 * (1024 + 4)));
        Assert.Equal(4, File.ReadAllLines(_folder.File("features.npy.names.txt")).Length);
        // Another size is another view of the same photos.
        Json("embed", photos, "--weights", "none", "--crop", "64", "--out", _folder.File("small.npy"));
        Assert.NotEqual(npy, File.ReadAllBytes(_folder.File("small.npy")));
    }

    [Fact]
    public void Models_and_summary_know_every_network()
    {
        var models = Json("models");
        // The one that needs no download comes first.
        Assert.Equal(Registry.All.Select(b => b.Name).Where(n => n != Registry.Default).Prepend(Registry.Default), models.EnumerateArray().Select(m => m.GetProperty("name").GetString()));
        var vgg = models.EnumerateArray().Single(m => m.GetProperty("name").GetString() == "vgg16");
        Assert.Equal((138_357_544, 4096), (vgg.GetProperty("parameters").GetInt64(), vgg.GetProperty("feature_width").GetInt32()));
        Assert.Equal(71.592, vgg.GetProperty("weights")[0].GetProperty("acc1").GetDouble());
        Assert.Contains("138,357,544 parameters, 15,470,264,320 multiply-accumulates", Run("summary", "vgg16").Output, StringComparison.Ordinal);
        // Two 3x3 convolutions see 5 of 32 pixels; the last one sees more than there are.
        string[] lines = Run("summary", "vgg16", "--size", "32").Output.Split('\n');
        Assert.Contains(lines, l => l.Contains("features.2 ", StringComparison.Ordinal) && l.Contains("5 ", StringComparison.Ordinal) && l.EndsWith(" ██░░░░░░░░░░░░░░", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Contains("features.28 ", StringComparison.Ordinal) && l.EndsWith(" ████████████████", StringComparison.Ordinal));
        Assert.Equal([2048, 1, 1], Json("summary", "resnet50", "--size", "32").GetProperty("nodes").EnumerateArray()
            .Single(n => n.GetProperty("name").GetString() == "layer4.2.relu_2").GetProperty("shape").EnumerateArray().Select(d => d.GetInt32()));
    }

    [Fact]
    public void The_table_in_the_README_is_the_registrys()
    {
        string table = Run("models", "--markdown").Output;
        Assert.Equal(Registry.All.Count + 2, table.Trim().Split('\n').Length);
        string readme = File.ReadAllText(Path.Combine(Programs.Root, "README.md"));
        Assert.True(readme.Contains(table, StringComparison.Ordinal), "The README's table of networks is stale: replace it by what `transferkit models --markdown` prints.");
    }

    [Fact]
    public void Export_writes_what_can_be_loaded_again()
    {
        string weights = _folder.File("net.safetensors");
        Json("export", "resnet18", "--weights", "none", "--out", weights);
        using (var state = Checkpoint.Read(weights))
            Checkpoint.Check(Registry.Get("resnet18").Build(), state, weights);
        Assert.Equal([512], Json("export", "resnet18", "--weights", weights, "--layer", "features", "--out", _folder.File("net.onnx")).GetProperty("output").EnumerateArray().Select(d => d.GetInt32()));
        using var session = new Microsoft.ML.OnnxRuntime.InferenceSession(_folder.File("net.onnx"));
        Assert.Equal([-1, 512], session.OutputMetadata["output"].Dimensions);
    }

    public static TheoryData<int, string, string[]> Failures => new()
    {
        { 2, "Required command was not provided", [] },
        { 2, "Unrecognized command or argument 'sing'", ["sing"] },
        { 2, "does not exist", ["train", "/nowhere/at/all"] },
        { 2, "Unknown backbone 'resnet51'. Did you mean resnet50?", ["summary", "resnet51"] },
        { 2, "Unknown backbone 'resnet51'. Did you mean resnet50?", ["train", "{photos}", "--backbone", "resnet51"] },
        { 2, "Unknown node 'layer9'", ["train", "{photos}", "--layer", "layer9"] },
        { 2, "Unknown weights 'V9'", ["train", "{photos}", "--weights", "V9"] },
        { 2, "There is no weights file '/nowhere.pth'", ["train", "{photos}", "--weights", "/nowhere.pth"] },
        { 2, "'forest' not recognized", ["train", "{photos}", "--head", "forest"] },
        { 2, "--test-fraction 1.5 is impossible", ["train", "{photos}", "--test-fraction", "1.5"] },
        { 2, "A batch size of -1 is invalid", ["train", "{photos}", "--batch-size", "-1"] },
        { 2, "--top 0 is impossible", ["predict", "{photos}/bars/00.jpg", "x.jpg", "--top", "0"] },
        { 2, "A crop of 300 pixels from an image resized to 200 is invalid", ["train", "{photos}", "--crop", "300", "--resize", "200"] },
        { 2, "must end in .csv or .npy", ["embed", "{photos}", "--out", "features.xls"] },
        { 2, "more values than an array can hold", ["summary", "resnet50", "--size", "20000"] },
        { 1, "cannot be read as a state dict", ["train", "{photos}", "--weights", "{photos}/bars/00.jpg"] },
        { 1, "images of one class, 'deep'", ["train", "{root}/one", "--weights", "none"] },
        { 1, "There are no images in sub-folders", ["train", "{root}/empty", "--weights", "none"] },
        { 1, "is not an image classifier that can be loaded", ["predict", "{photos}/bars/00.jpg", "x.jpg"] },
        { 1, "No image of", ["train", "{root}/each", "--weights", "none"] },
        { 1, "is a folder; it must be the name of a file", ["train", "{photos}", "--weights", "none", "--out", "{photos}"] },
        { 2, "Unknown device 'cpu:x'", ["train", "{photos}", "--weights", "none", "--engine", "torch", "--device", "cpu:x", "--out", "{root}/m.zip"] },
        { 1, "There is no readable image", ["embed", "/nowhere.jpg", "--weights", "none", "--out", "{root}/x.csv"] },
    };

    [Theory, MemberData(nameof(Failures))]
    public void Failures_have_a_code_and_say_what_would_be_right(int code, string said, string[] arguments)
    {
        string photos = Drawings.Folder(_folder, each: 2);
        Drawings.Folder(_folder, each: 1, "one/deep");
        Drawings.Folder(_folder, each: 1, "each");
        Directory.CreateDirectory(_folder.File("empty"));
        var (actual, output, error) = Run([.. arguments.Select(a => a.Replace("{photos}", photos, StringComparison.Ordinal).Replace("{root}", _folder.Root, StringComparison.Ordinal))]);
        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.Equal(code, actual);
        Assert.Equal("", output);
        Assert.False(File.Exists(_folder.File("x.csv")));
    }
}
