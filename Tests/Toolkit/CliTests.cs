using System.Globalization;
using System.Text.Json;
using TransferKit.Backbones;
using TransferKit.Toolkit;

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
    public void Models_lists_every_network()
    {
        var models = Json("models").GetProperty("networks").EnumerateArray().ToDictionary(m => m.GetProperty("name").GetString()!);
        // The network that needs no download comes first.
        var others = Registry.All.Select(b => b.Name).Where(n => n != Registry.Default);
        Assert.Equal(others.Prepend(Registry.Default), models.Keys);
        var vgg = models["vgg16"];
        Assert.Equal((138_357_544, 4096), (vgg.GetProperty("parameters").GetInt64(), vgg.GetProperty("feature_width").GetInt32()));
        Assert.Equal(71.592, vgg.GetProperty("weights")[0].GetProperty("acc1").GetDouble());
        Assert.Equal(JsonValueKind.Null, vgg.GetProperty("weights")[0].GetProperty("license").ValueKind);
        Assert.Equal("CC-BY-NC-4.0", models["vit_b_16"].GetProperty("weights")[1].GetProperty("license").GetString());
        Assert.Contains("(81.1), IMAGENET1K_SWAG_E2E_V1 (85.3, CC-BY-NC-4.0)", Run("models").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Summary_shows_costs_shapes_and_receptive_fields()
    {
        string all = Run("summary", "vgg16").Output;
        Assert.Contains("138,357,544 parameters, 15,470,264,320 multiply-accumulates", all, StringComparison.Ordinal);
        // The receptive field of two 3x3 convolutions is 5 of 32 pixels; that of the last convolution is larger than the image.
        string[] lines = Run("summary", "vgg16", "--size", "32").Output.Split('\n');
        string second = lines.Single(l => l.Contains("features.2 ", StringComparison.Ordinal));
        Assert.Contains("5 ", second, StringComparison.Ordinal);
        Assert.EndsWith(" ██░░░░░░░░░░░░░░", second, StringComparison.Ordinal);
        string last = lines.Single(l => l.Contains("features.28 ", StringComparison.Ordinal));
        Assert.EndsWith(" ████████████████", last, StringComparison.Ordinal);
        var nodes = Json("summary", "resnet50", "--size", "32").GetProperty("nodes").EnumerateArray();
        var node = nodes.Single(n => n.GetProperty("name").GetString() == "layer4.2.relu_2");
        Assert.Equal([2048, 1, 1], node.GetProperty("shape").Deserialize<int[]>()!);
    }

    [Fact]
    public void The_table_of_networks_in_the_README_is_up_to_date()
    {
        string table = Run("models", "--markdown").Output;
        Assert.Equal(Registry.All.Count + 2, table.Trim().Split('\n').Length);
        string readme = File.ReadAllText(Path.Combine(Programs.Root, "Featurizers", "README.md"));
        Assert.True(readme.Contains(table, StringComparison.Ordinal),
            "The README's table of networks is out of date: replace it with the output of `transferkit models --markdown`.");
    }

    public static TheoryData<int, string, string[]> Failures => new()
    {
        { 2, "Required command was not provided", [] },
        { 2, "See `transferkit --help`.", [] },
        { 2, "Unknown command 'sing'.", ["sing"] },
        { 2, "Unknown command 'predct'. Did you mean predict?", ["predct", "a", "b"] },
        { 2, "Unknown command 'sumary'. Did you mean summary?", ["sumary", "resnet18", "--json"] },
        { 2, "Unknown command 'trian'. Did you mean train?", ["detect", "trian"] },
        { 2, "Unknown option '--hlep'. Did you mean --help?", ["detect", "train", "--hlep"] },
        { 2, "Unknown option '--verison'. Did you mean --version?", ["--verison"] },
        { 2, "Unknown option '--epoch'. Did you mean --epochs?", ["finetune", "{photos}", "--epoch", "3"] },
        { 2, "Unknown option '--tpo'. Did you mean --top?", ["predict", "{photos}/bars/00.jpg", "x.jpg", "--tpo", "3"] },
        { 2, "Unknown option '--seeed'. Did you mean --seed?", ["train", "--seeed", "3"] },
        { 2, "Unexpected argument 'extra'.", ["train", "{photos}", "extra"] },
        { 2, "--epochs abc is invalid: it must be a whole number.", ["finetune", "{photos}", "--epochs", "abc"] },
        { 2, "--seed 99999999999 is invalid: it must be a smaller number.", ["train", "{photos}", "--seed", "99999999999"] },
        { 2, "--threads x is invalid: it must be a whole number.", ["train", "{photos}", "--threads", "x"] },
        { 2, "--test-fraction half is invalid: it must be a number.", ["train", "{photos}", "--test-fraction", "half"] },
        { 2, "--engine tensor is invalid: it must be onnxruntime or torch.", ["train", "{photos}", "--engine", "tensor"] },
        { 2, "NAME roses is invalid: it must be ", ["dataset", "roses", "x"] },
        { 1, "'{photos}' is a folder: give a model file, such as", ["evaluate", "{photos}", "{photos}"] },
        { 1, "'{root}/run' is a folder: give a model file, '{root}/run/model.zip'.", ["predict", "{root}/run", "x.jpg"] },
        { 1, "'{root}/run' is a folder: give a model file, '{root}/run/model.zip'.", ["detect", "predict", "{root}/run", "x.jpg"] },
        { 2, "does not exist", ["train", "/nowhere/at/all"] },
        { 2, "See `transferkit train --help`.", ["train", "/nowhere/at/all"] },
        { 2, "See `transferkit detect train --help`.", ["detect", "train", "/nowhere/at/all"] },
        { 2, "Unknown backbone 'resnet51'. Did you mean resnet50?", ["summary", "resnet51"] },
        { 2, "the name must end in .html or .svg", ["summary", "lenet5", "--out", "net.pdf"] },
        { 2, "Unknown backbone 'resnet51'. Did you mean resnet50?", ["train", "{photos}", "--backbone", "resnet51"] },
        { 2, "Unknown node 'layer9'", ["train", "{photos}", "--layer", "layer9"] },
        { 2, "Unknown weights 'V9'", ["train", "{photos}", "--weights", "V9"] },
        { 2, "There is no weights file '/nowhere.pth'", ["train", "{photos}", "--weights", "/nowhere.pth"] },
        { 2, "--head forest is invalid: it must be svm or logistic.", ["train", "{photos}", "--head", "forest"] },
        { 2, "--test-fraction 1.5 is invalid: it must be above 0 and below 1", ["train", "{photos}", "--test-fraction", "1.5"] },
        { 2, "A batch size of -1 is invalid: it must be at least 1", ["train", "{photos}", "--batch-size", "-1"] },
        { 2, "--top 0 is invalid: it must be at least 1", ["predict", "{photos}/bars/00.jpg", "x.jpg", "--top", "0"] },
        {
            2, "A crop of 300 pixels from an image resized to 200 is invalid: it must be from 1 to 200",
            ["train", "{photos}", "--crop", "300", "--resize", "200"]
        },
        {
            2, "--mean 0.5,0.5 is invalid: it must be three numbers with commas, such as 0.485,0.456,0.406.",
            ["train", "{photos}", "--mean", "0.5,0.5"]
        },
        {
            2, "A standard deviation of (1, 0, 1) is invalid: it must be three values above 0",
            ["train", "{photos}", "--std", "1,0,1"]
        },
        { 2, "--channel-order rbg is invalid: it must be rgb or bgr.", ["train", "{photos}", "--channel-order", "rbg"] },
        { 2, "--crop-mode border is invalid: it must be center or squash.", ["finetune", "{photos}", "--crop-mode", "border"] },
        { 2, "--interpolation 1 is invalid: it must be bilinear or bicubic.", ["embed", "{photos}", "--interpolation", "1"] },
        { 2, "must end in .csv or .npy", ["embed", "{photos}", "--out", "features.xls"] },
        { 2, "more values than an array can hold", ["summary", "resnet50", "--size", "20000"] },
        {
            1, "cannot be read as a state dict: weights are .safetensors files, or .pth and .pt files",
            ["train", "{photos}", "--weights", "{photos}/bars/00.jpg"]
        },
        { 1, "folders that hold them: deep. Use '{root}/one/deep' instead.", ["train", "{root}/one", "--weights", "none"] },
        { 1, "images of one class, 'bars'", ["train", "{root}/single", "--weights", "none"] },
        { 1, "There are no images in subfolders", ["train", "{root}/empty", "--weights", "none"] },
        { 1, "00.jpg' is not a model: it is not a zip file.", ["predict", "{photos}/bars/00.jpg", "x.jpg"] },
        { 1, "00.jpg' is not a model: it is not a zip file.", ["explain", "{photos}/bars/00.jpg", "x.jpg", "--out", "{root}/maps"] },
        { 1, "No image of", ["train", "{root}/each", "--weights", "none"] },
        { 2, "must end in .zip", ["train", "{photos}", "--weights", "none", "--out", "{photos}"] },
        { 1, "is a folder; it must be the name of a file", ["export", "lenet5", "--weights", "none", "--out", "{root}/folder.onnx"] },
        {
            1, "old.zip' exists already: replace with --force, or give another name with --out",
            ["train", "{photos}", "--weights", "none", "--out", "{root}/old.zip"]
        },
        {
            2, "--test-fraction has no effect with --test: leave it out.",
            ["train", "{photos}", "--test", "{photos}", "--test-fraction", "0.3"]
        },
        { 2, "The device 'gpu' is invalid for the ONNX Runtime engine", ["train", "{photos}", "--device", "gpu"] },
        {
            2, "The device 'cuda' is not available: the ONNX Runtime of this program has no CUDAExecutionProvider. Add the package",
            ["train", "{photos}", "--device", "cuda"]
        },
        { 2, "--half has no effect with --out FILE.onnx", ["export", "lenet5", "--half", "--out", "{root}/x.onnx"] },
        { 2, "--backbone has no effect with --detector", ["detect", "train", "{photos}", "--detector", "a", "--backbone", "lenet5"] },
        {
            2, "Unknown detector 'fasterrcnn_resnet50'. Did you mean fasterrcnn_resnet50_fpn? There are fasterrcnn_resnet50_fpn, ",
            ["detect", "train", "{photos}", "--detector", "fasterrcnn_resnet50"]
        },
        {
            2, "Unknown device 'cpu:x'",
            ["train", "{photos}", "--weights", "none", "--engine", "torch", "--device", "cpu:x", "--out", "{root}/m.zip"]
        },
        { 1, "00.jpg' is not a zip file: give a folder of images or a .zip file.", ["distill", "--images", "{photos}/bars/00.jpg"] },
        { 1, "There is no readable image", ["embed", "/nowhere.jpg", "--weights", "none", "--out", "{root}/x.csv"] },
    };

    [Theory, MemberData(nameof(Failures))]
    public void Failures_have_an_exit_code_and_a_message_that_helps(int code, string message, string[] arguments)
    {
        string photos = Drawings.Folder(_folder, each: 2);
        Drawings.Folder(_folder, each: 1, "one/deep");
        Drawings.Folder(_folder, each: 1, "each");
        Directory.CreateDirectory(_folder.File("empty"));
        Drawings.Write(Path.Combine(_folder.Root, "single", "bars", "00.jpg"), "bars", 0);
        Directory.CreateDirectory(_folder.File("run"));
        File.WriteAllText(Path.Combine(_folder.File("run"), "model.zip"), "");
        Directory.CreateDirectory(_folder.File("folder.onnx"));
        File.WriteAllText(_folder.File("old.zip"), "");
        var (actual, output, error) = Run([.. arguments.Select(WithPaths)]);
        Assert.Contains(WithPaths(message), error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", error, StringComparison.Ordinal);
        Assert.Equal(code, actual);
        Assert.Equal("", output);
        Assert.False(File.Exists(_folder.File("x.csv")));
        Assert.Equal(["each", "empty", "folder.onnx", "old.zip", "one", "photos", "run", "single"],
            Directory.GetFileSystemEntries(_folder.Root).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        string WithPaths(string argument) => argument.Replace("{photos}", photos, StringComparison.Ordinal)
            .Replace("{root}", _folder.Root, StringComparison.Ordinal);
    }
}
