using System.Text;
using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Weights;

/// <summary>The hub is a server of this test. No request leaves the machine.</summary>
public sealed class HuggingFaceHubTests : IAsyncLifetime
{
    private const string Weights = "model.safetensors";

    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _content = new byte[300_000], _earlier = new byte[1000];
    private readonly Dictionary<string, string?> _environment = [];
    private HubServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        new Random(1).NextBytes(_content);
        new Random(2).NextBytes(_earlier);
        _server = await HubServer.StartAsync();
        _server.Add("org/net", Weights, _content).Add("org/net", Weights, _earlier, HubServer.First)
            .Add("org/net", "config.json", Encoding.UTF8.GetBytes("""{"architecture": "resnet18", "pretrained_cfg": {}}"""))
            .Add("org/private", Weights, _content).Add("org/gated", Weights, _content).Add("org/forbidden", Weights, _content);
        foreach (string name in new[] { "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN", "HF_HUB_OFFLINE" })
            Set(name, null);
        Set("HF_ENDPOINT", _server.Address);
        Set("HF_HOME", _folder.Root);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (name, value) in _environment)
            Environment.SetEnvironmentVariable(name, value);
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Repository(string name) => _folder.File($"hub/models--org--{name}");

    private static Task<string> Get(string reference = "hf:org/net", string file = Weights) =>
        HuggingFaceHub.DownloadAsync(reference, file, cancellationToken: Cancellation);

    private static async Task<string> Error(string reference = "hf:org/net", string file = Weights) =>
        (await Assert.ThrowsAsync<DownloadException>(() => Get(reference, file))).Message;

    private void Set(string name, string? value)
    {
        _environment.TryAdd(name, Environment.GetEnvironmentVariable(name));
        Environment.SetEnvironmentVariable(name, value);
    }

    [Fact]
    public async Task A_file_comes_into_the_cache_as_huggingface_hub_lays_it_out()
    {
        string path = await Get();
        string snapshot = Path.Combine(Repository("net"), "snapshots", HubServer.Second);
        Assert.Equal(Path.Combine(snapshot, Weights), path);
        Assert.Equal(_content, await File.ReadAllBytesAsync(path, Cancellation));
        string hash = HubServer.Sha256(_content);
        Assert.Equal(_content, await File.ReadAllBytesAsync(Path.Combine(Repository("net"), "blobs", hash), Cancellation));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(Path.Combine("..", "..", "blobs", hash), new FileInfo(path).LinkTarget);
        Assert.Equal(HubServer.Second, await File.ReadAllTextAsync(Path.Combine(Repository("net"), "refs", "main"), Cancellation));
        Assert.True(File.Exists(Path.Combine(snapshot, "config.json")));
        string noSuchFile = Path.Combine(Repository("net"), ".no_exist", HubServer.Second, "preprocessor_config.json");
        Assert.True(File.Exists(noSuchFile));

        // A second call asks where the branch is, and fetches nothing.
        _server.Requests.Clear();
        Assert.Equal(path, await Get());
        Assert.Equal([$"hub HEAD /org/net/resolve/main/{Weights}"], _server.Requests);
    }

    [Fact]
    public async Task A_commit_in_the_cache_is_not_asked_for_again()
    {
        string reference = $"hf:org/net@{HubServer.First}";
        string path = await Get(reference);
        Assert.Equal(_earlier, await File.ReadAllBytesAsync(path, Cancellation));
        _server.Requests.Clear();
        Assert.Equal(path, await Get(reference));
        Assert.Empty(_server.Requests);
        // A tag of the same commit is the same file.
        Assert.Equal(path, await Get("hf:org/net@v1"));
        Assert.Equal(HubServer.First, await File.ReadAllTextAsync(Path.Combine(Repository("net"), "refs", "v1"), Cancellation));
        Assert.Equal(_content, await File.ReadAllBytesAsync(await Get("hf:org/net@refs/pr/1"), Cancellation));
    }

    [Fact]
    public async Task The_token_goes_to_the_hub_and_to_no_other_host()
    {
        Assert.Contains("has no repository org/private, or it is private: then set HF_TOKEN", await Error("hf:org/private"),
            StringComparison.Ordinal);
        await File.WriteAllTextAsync(_folder.File("token"), HubServer.Token + "\n", Cancellation);
        await Get("hf:org/private");
        // The redirect of a renamed repository stays on the hub, and needs the token as well.
        await Get("hf:org/old-name");
        Assert.All(_server.Requests.Where(r => r.StartsWith("cdn", StringComparison.Ordinal)),
            r => Assert.DoesNotContain("Bearer", r, StringComparison.Ordinal));
        Assert.Contains($"cdn GET /org/private/{HubServer.Second}/{Weights}", _server.Requests);
        Assert.Contains($"hub HEAD /org/private/resolve/main/{Weights} Bearer {HubServer.Token}", _server.Requests);
        // HF_TOKEN is before the file.
        Set("HF_TOKEN", "hf_wrong");
        string message = await Error("hf:org/private@v1");
        Assert.Contains("the token of HF_TOKEN, or of `hf auth login`, must be allowed to read it", message, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_wrong", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hf:org/nothing", Weights, "has no repository org/nothing, or it is private")]
    [InlineData("hf:org/gated", Weights, "the repository org/gated is gated: accept its conditions at http://")]
    [InlineData("hf:org/forbidden", Weights, "access to the repository org/forbidden is refused (403): set HF_TOKEN")]
    [InlineData("hf:org/net@v9", Weights, "the repository org/net has no revision 'v9'.")]
    [InlineData("hf:org/net", "onnx/model.onnx", "the repository org/net has no file onnx/model.onnx in its revision 'main'.")]
    public async Task What_is_missing_is_said(string reference, string file, string message)
    {
        string error = await Error(reference, file);
        Assert.StartsWith(reference + ": ", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hf:net")]
    [InlineData("hf:org/../net")]
    [InlineData("hf:org/net@")]
    [InlineData("hf:org/net@../../x")]
    [InlineData("hf:org/net@a..b")]
    [InlineData("hf:org--a/net")]
    [InlineData("hf:org/net\n")]
    [InlineData("hf:./net")]
    public void Other_references_are_refused(string reference) => Assert.Contains("it must be of the form hf:OWNER/NAME",
        Assert.Throws<ArgumentException>(() => HubReference.Parse(reference)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("../model.onnx")]
    [InlineData("/etc/passwd")]
    [InlineData("onnx\\..\\model.onnx")]
    [InlineData("")]
    public async Task Other_files_are_refused(string file) =>
        Assert.Contains("is no file of a repository", (await Assert.ThrowsAsync<ArgumentException>(() => Get(file: file))).Message,
            StringComparison.Ordinal);

    [Fact]
    public async Task A_wrong_hash_is_reported_and_nothing_is_kept()
    {
        _server.Replacement = new byte[_content.Length];
        string message = await Error();
        Assert.StartsWith($"hf:org/net: {Weights} could not be downloaded from 127.0.0.1: its SHA-256 begins with", message,
            StringComparison.Ordinal);
        Assert.DoesNotContain("signature", message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Repository("net"), "snapshots")));
        _server.Replacement = null;
        Assert.Equal(_content, await File.ReadAllBytesAsync(await Get(), Cancellation));
    }

    [Fact]
    public async Task A_download_that_breaks_is_resumed_by_the_next_call()
    {
        _server.Cuts.Enqueue(100_000);
        _server.Cuts.Enqueue(50_000);
        await Error();
        Assert.Equal(_content, await File.ReadAllBytesAsync(await Get(), Cancellation));
        Assert.Contains(_server.Requests, r => r.Contains("bytes=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_downloads_of_a_file_at_once_fetch_it_once()
    {
        string[] paths = await Task.WhenAll(Get(), Get());
        Assert.Equal(paths[0], paths[1]);
        Assert.Single(_server.Requests, r => r.StartsWith("cdn GET", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_hub_that_never_answers_is_given_up()
    {
        using var silent = new FileServer([]) { Silent = true };
        var address = new Uri(silent.Url("x").GetLeftPart(UriPartial.Authority));
        var settings = new HubSettings(address, _folder.Root, null, false) { Timeout = TimeSpan.FromSeconds(0.3) };
        var error = await Assert.ThrowsAsync<DownloadException>(
            () => new HubClient(settings).DownloadAsync(HubReference.Parse("hf:org/net"), Weights, null, Cancellation));
        Assert.Contains("cannot be asked for it: no answer within 0.3 s.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../../outside")]
    [InlineData("")]
    public async Task An_ETag_that_is_no_name_of_a_file_is_refused(string tag)
    {
        _server.ETag = tag;
        Assert.Contains("does not answer as a Hugging Face hub does", await Error(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_hub_the_cache_of_huggingface_hub_is_used()
    {
        // As Python's hf_hub_download leaves it.
        string root = Repository("cached"), snapshot = Path.Combine(root, "snapshots", HubServer.First);
        foreach (string folder in new[] { Path.Combine(root, "blobs"), Path.Combine(root, "refs"), snapshot })
            Directory.CreateDirectory(folder);
        await File.WriteAllBytesAsync(Path.Combine(root, "blobs", "abc"), _content, Cancellation);
        await File.WriteAllTextAsync(Path.Combine(root, "refs", "main"), HubServer.First, Cancellation);
        string file = Path.Combine(snapshot, Weights);
        if (OperatingSystem.IsWindows())
            await File.WriteAllBytesAsync(file, _content, Cancellation);
        else
            File.CreateSymbolicLink(file, "../../blobs/abc");

        _server.Status = 503;
        Assert.Equal(file, await Get("hf:org/cached"));
        await _server.DisposeAsync();
        Assert.Equal(file, await Get("hf:org/cached"));
        Assert.Equal(file, await Get($"hf:org/cached@{HubServer.First}"));
        Set("HF_HUB_OFFLINE", "1");
        Assert.Equal(file, await Get("hf:org/cached"));
        Assert.Equal($"hf:org/cached@v1: {Weights} is not in the cache, and {_server.Address} cannot be asked for it: HF_HUB_OFFLINE is "
            + $"set. Where there is no network, copy the folder of the cache, {_folder.File("hub")}.", await Error("hf:org/cached@v1"));
        Set("HF_HUB_OFFLINE", null);
        Assert.StartsWith($"hf:org/net: {Weights} is not in the cache, and {_server.Address} cannot be asked for it: Connection refused",
            await Error(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exported_model_comes_with_its_data_and_description()
    {
        _server.Add("org/exported", "onnx/model.onnx", _content).Add("org/exported", "onnx/model.onnx_data", _earlier)
            .Add("org/exported", "preprocessor_config.json", Encoding.UTF8.GetBytes("""{"image_processor_type": "DeiTImageProcessor"}"""));
        string path = await Get("hf:org/exported", "onnx/model.onnx");
        Assert.Equal(_earlier, await File.ReadAllBytesAsync(path + "_data", Cancellation));
        Assert.Equal(CropMode.Squash, PreprocessorConfig.FindBeside(path)!.CropMode);
        Assert.Contains("has no file model.safetensors", await Error("hf:org/exported"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_exported_model_is_a_backbone()
    {
        var graph = Registry.Get("lenet5").Build(classes: 3, channels: 3);
        using var stream = new MemoryStream();
        OnnxExport.Write(new Network(graph, RandomWeights.For(graph)), stream);
        _server.Add("org/onnx-only", "onnx/model.onnx", stream.ToArray()).Add("org/onnx-only", "config.json", "{}"u8.ToArray())
            .Add("org/onnx-only", "preprocessor_config.json", """
                {"image_processor_type": "DeiTImageProcessor", "size": {"height": 32, "width": 32}, "do_center_crop": false,
                  "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
                """u8.ToArray());
        foreach (var options in new[]
        {
            new FeaturizerOptions { Weights = "hf:org/onnx-only" }, new FeaturizerOptions { Backbone = "hf:org/onnx-only" },
        })
        {
            using var featurizer = new ImageFeaturizer(options);
            Assert.Equal((84, 32, 0.5f), (featurizer.Width, featurizer.Preprocessing.Crop, featurizer.Preprocessing.Mean[0]));
        }
    }

    [Fact]
    public void The_environment_is_read_as_huggingface_hub_reads_it()
    {
        Assert.Equal((_folder.File("hub"), null), (HubSettings.FromEnvironment().Cache, HubSettings.FromEnvironment().Token));
        Set("HF_HOME", null);
        Set("XDG_CACHE_HOME", _folder.File("xdg"));
        Set("HF_ENDPOINT", null);
        var settings = HubSettings.FromEnvironment();
        Assert.Equal(_folder.File("xdg/huggingface/hub"), settings.Cache);
        Assert.Equal("https://huggingface.co/org/net/resolve/refs%2Fpr%2F1/onnx/model.onnx",
            settings.UrlOf(HubReference.Parse("hf:org/net@refs/pr/1"), "onnx/model.onnx").AbsoluteUri);
        Set("HF_HUB_CACHE", "~/models");
        Assert.Equal(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), "models"),
            HubSettings.FromEnvironment().Cache);
        Set("HF_ENDPOINT", "localhost");
        Assert.Contains("HF_ENDPOINT = 'localhost' is invalid", Assert.Throws<ArgumentException>(HubSettings.FromEnvironment).Message,
            StringComparison.Ordinal);
        Set("HF_ENDPOINT", "https://hub.example/mirror/");
        Assert.Equal("https://hub.example/mirror/org/net/resolve/main/config.json",
            HubSettings.FromEnvironment().UrlOf(HubReference.Parse("hf:org/net"), "config.json").AbsoluteUri);
    }

    private void AddModel(string repository, string config, StateDict weights)
    {
        string path = _folder.File("upload.safetensors");
        Safetensors.Write(path, weights);
        _server.Add(repository, Weights, File.ReadAllBytes(path)).Add(repository, "config.json", Encoding.UTF8.GetBytes(config));
    }

    [Fact]
    public void A_model_of_timm_names_its_backbone_preprocessing_and_classes()
    {
        AddModel("org/flowers", """
            {"architecture": "tv_resnet34", "num_classes": 7, "pretrained_cfg": {"input_size": [3, 64, 64], "crop_pct": 0.95,
            "interpolation": "bilinear", "first_conv": "conv1", "classifier": "fc"}}
            """, RandomWeights.For(Registry.Get("resnet34").Build(7)));
        var options = new FeaturizerOptions { Weights = "hf:org/flowers" };
        Assert.Equal("resnet34", options.Backbone.Name);
        options.Validate();
        var expected = Preprocessing.ImageNet with { Resize = 67, Crop = 64 };
        Assert.Equal(expected, Pretrained.PreprocessingOf(options.Backbone, options.Weights));
        var loaded = Pretrained.Load(options.Backbone, options.Weights);
        Assert.Equal(expected, loaded.Preprocessing);
        Assert.Equal(7, loaded.Network.Graph.Output.Shape.Channels);
        Assert.Equal(3, Pretrained.Load(options.Backbone, options.Weights, classes: 3).Network.Graph.Output.Shape.Channels);
        using var featurizer = new ImageFeaturizer(options);
        Assert.Equal(512, featurizer.Network.Graph.Output.Shape.Count);
    }

    [Fact]
    public void A_model_that_timm_saved_without_a_classifier_gives_features()
    {
        var state = new StateDict();
        var whole = RandomWeights.For(Registry.Get("resnet18").Build());
        foreach (var (key, tensor) in whole.Where(w => !w.Key.StartsWith("fc.", StringComparison.Ordinal)))
            state[key] = tensor;
        AddModel("org/self-supervised", """
            {"architecture": "resnet18", "num_classes": 0, "pretrained_cfg": {"num_classes": 1000}}
            """, state);
        var loaded = Pretrained.Load(Registry.Get("resnet18"), "hf:org/self-supervised", classes: 4);
        Assert.Equal(4, loaded.Network.Graph.Output.Shape.Channels);
    }

    [Fact]
    public void A_model_without_a_description_needs_a_preprocessing()
    {
        AddModel("org/plain", """{"model_type": "resnet"}""", RandomWeights.For(Registry.Get("resnet18").Build(2)));
        var error = Assert.Throws<InvalidDataException>(() => Pretrained.Load(Registry.Get("resnet18"), "hf:org/plain"));
        Assert.StartsWith("hf:org/plain does not say how images are prepared", error.Message, StringComparison.Ordinal);
        Pretrained.Load(Registry.Get("resnet18"), "hf:org/plain", preprocessing: Preprocessing.ImageNet);
        var unknown = Assert.Throws<ArgumentException>(() => new FeaturizerOptions { Weights = "hf:org/plain" }.Backbone);
        Assert.StartsWith("hf:org/plain does not name its architecture", unknown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("resnet50", "resnet50")]
    [InlineData("resnetv2_50", "resnetv2_50")]
    [InlineData("densenet121", "densenet121")]
    [InlineData("gluon_resnet50_v1b", "resnet50")]
    [InlineData("legacy_xception", "xception")]
    [InlineData("mobilenet_v2", "mobilenet_v2")]
    public void Names_of_timm_and_torchvision_are_known_where_the_keys_are_equal(string architecture, string name) =>
        Assert.Equal(name, HubBackbone.Get("hf:org/net", architecture).Name);

    [Theory]
    [InlineData("resnet51", "hf:org/net: Unknown architecture 'resnet51'. Did you mean resnet50?")]
    [InlineData("mobilenetv2_100", "hf:org/net: Unknown architecture 'mobilenetv2_100'. Did you mean mobilenetv1_100?")]
    [InlineData("efficientnet_b0", "hf:org/net is timm's 'efficientnet_b0', which has other keys")]
    [InlineData("vgg16", "hf:org/net is timm's 'vgg16', which has other keys")]
    [InlineData("convnext_tiny", "hf:org/net is timm's 'convnext_tiny', which has other keys")]
    public void Other_architectures_are_named_with_what_is_near(string architecture, string message) => Assert.StartsWith(message,
        Assert.Throws<ArgumentException>(() => HubBackbone.Get("hf:org/net", architecture)).Message, StringComparison.Ordinal);

    [Fact]
    public void Published_weights_of_a_row_come_from_the_hub()
    {
        AddModel("timm/resnetv2_18.ra4_e3600_r224_in1k", "{}", RandomWeights.For(Registry.Get("resnetv2_18").Build()));
        var loaded = Pretrained.Load(Registry.Get("resnetv2_18"));
        Assert.StartsWith(_folder.File("hub/models--timm--resnetv2_18.ra4_e3600_r224_in1k"), loaded.Source, StringComparison.Ordinal);
        Assert.Equal(248, loaded.Preprocessing.Resize);
    }

    [Fact]
    public void The_command_takes_the_backbone_from_the_weights()
    {
        AddModel("org/small", """
            {"architecture": "resnet18", "num_classes": 2, "pretrained_cfg": {"input_size": [3, 64, 64], "crop_pct": 1.0}}
            """, RandomWeights.For(Registry.Get("resnet18").Build(2)));
        string photos = Drawings.Folder(_folder, each: 2), features = _folder.File("features.npy");
        var result = Tests.Toolkit.CliTests.Json("embed", photos, "--weights", "hf:org/small", "--out", features);
        Assert.Equal(512, result.GetProperty("width").GetInt32());
        var (code, _, error) = Tests.Toolkit.CliTests.Run("embed", photos, "--weights", "hf:org/none", "--out", _folder.File("none.npy"));
        Assert.NotEqual(0, code);
        Assert.Contains("hf:org/none: ", error, StringComparison.Ordinal);
    }
}
