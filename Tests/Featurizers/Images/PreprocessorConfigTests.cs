using TransferKit.Images;

namespace TransferKit.Tests.Featurizers.Images;

public sealed class PreprocessorConfigTests : IDisposable
{
    private static readonly float[] Zero = [0, 0, 0], One = [1, 1, 1], Half = [0.5f, 0.5f, 0.5f];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Preprocessing? Read(string json)
    {
        File.WriteAllText(_folder.File("some.json"), json);
        return PreprocessorConfig.Read(_folder.File("some.json"));
    }

    private static Preprocessing Center(int resize, int crop, Interpolation interpolation, float[]? mean = null, float[]? std = null) =>
        new(resize, crop, interpolation, mean ?? Preprocessing.ImageNet.Mean, std ?? Preprocessing.ImageNet.Std);

    private static Preprocessing Squash(int resize, int crop, Interpolation interpolation, float[]? mean = null, float[]? std = null) =>
        Center(resize, crop, interpolation, mean, std) with { CropMode = CropMode.Squash };

    public static TheoryData<string, Preprocessing> Files => new()
    {
        // timm, as its push_to_hf_hub writes it: timm/resnetv2_50.a1h_in1k has these values.
        {
            """
            {"architecture": "resnetv2_50", "num_classes": 1000, "num_features": 2048, "pretrained_cfg": {"tag": "a1h_in1k",
            "input_size": [3, 224, 224], "fixed_input_size": false, "interpolation": "bicubic", "crop_pct": 0.95, "crop_mode": "center",
            "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "num_classes": 1000, "first_conv": "stem.conv", "classifier": "head.fc"}}
            """,
            Center(235, 224, Interpolation.Bicubic, Half, Half)
        },
        // An older file without pretrained_cfg.
        {
            """
            {"architecture": "tv_resnet50", "num_classes": 1000, "input_size": [3, 224, 224], "crop_pct": 0.875,
            "interpolation": "bilinear", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
            """,
            Center(256, 224, Interpolation.Bilinear)
        },
        { """{"pretrained_cfg": {}}""", Center(256, 224, Interpolation.Bicubic) },
        {
            """{"pretrained_cfg": {"input_size": [3, 384, 384], "crop_pct": 1.0, "crop_mode": "squash", "mean": null}}""",
            Squash(384, 384, Interpolation.Bicubic)
        },
        // transformers: microsoft/resnet-50, google/vit-base-patch16-224, apple/mobilevit-small and openai/clip have these values.
        {
            """
            {"crop_pct": 0.875, "do_normalize": true, "do_resize": true, "feature_extractor_type": "ConvNextFeatureExtractor",
            "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225], "resample": 3, "size": 224}
            """,
            Center(256, 224, Interpolation.Bicubic)
        },
        {
            """{"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 384}, "crop_pct": null}""",
            Squash(384, 384, Interpolation.Bicubic, Half, Half)
        },
        {
            """
            {"do_normalize": true, "do_resize": true, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "resample": 2,
            "size": 224, "image_processor_type": "ViTFeatureExtractor"}
            """,
            Squash(224, 224, Interpolation.Bilinear, Half, Half)
        },
        {
            """
            {"crop_size": {"height": 256, "width": 256}, "do_center_crop": true, "do_flip_channel_order": true, "do_rescale": true,
            "do_resize": true, "image_processor_type": "MobileViTImageProcessor", "resample": 2, "rescale_factor": 0.00392156862745098,
            "size": {"shortest_edge": 288}}
            """,
            Center(288, 256, Interpolation.Bilinear, Zero, One) with { ChannelOrder = ChannelOrder.Bgr }
        },
        {
            """{"image_processor_type": "CLIPImageProcessorFast", "size": {"shortest_edge": 224}}""",
            Center(224, 224, Interpolation.Bicubic, [0.48145466f, 0.4578275f, 0.40821073f], [0.26862954f, 0.26130258f, 0.27577711f])
        },
        { """{"image_processor_type": "DeiTImageProcessor"}""", Squash(256, 224, Interpolation.Bicubic, Half, Half) },
        { """{"image_processor_type": "LevitImageProcessor"}""", Center(256, 224, Interpolation.Bicubic) },
        { """{"image_processor_type": "PoolFormerImageProcessor"}""", Center(248, 224, Interpolation.Bicubic) },
        {
            """{"image_processor_type": "MobileNetV2ImageProcessor", "do_center_crop": false}""",
            Center(256, 256, Interpolation.Bilinear, Half, Half)
        },
        // Levels from 0 to 255, as Caffe's networks take them; one number for all channels.
        {
            """
            {"image_mean": [103.53, 116.28, 123.675], "image_std": 1, "do_rescale": false, "resample": 2, "do_flip_channel_order": true,
            "size": {"height": 224, "width": 224}}
            """,
            Squash(224, 224, Interpolation.Bilinear, [0.406f, 0.456f, 0.485f], [1 / 255f, 1 / 255f, 1 / 255f])
                with { ChannelOrder = ChannelOrder.Bgr }
        },
        {
            """{"image_mean": 1, "image_std": 1, "rescale_factor": 0.00784313725490196, "resample": 3, "size": {"shortest_edge": 32}}""",
            Center(32, 32, Interpolation.Bicubic, Half, Half)
        },
    };

    [Theory, MemberData(nameof(Files))]
    public void A_file_is_read_as_its_library_reads_it(string json, Preprocessing expected)
    {
        var actual = Read(json)!;
        Assert.Equal(expected with { Mean = actual.Mean, Std = actual.Std }, actual);
        Assert.All(expected.Mean.Concat(expected.Std).Zip(actual.Mean.Concat(actual.Std)),
            pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    [Theory]
    [InlineData("""{"feature_extractor_type": "Wav2Vec2FeatureExtractor", "sampling_rate": 16000, "do_normalize": true}""")]
    [InlineData("""{"architectures": ["ResNetForImageClassification"], "model_type": "resnet", "num_channels": 3}""")]
    public void Other_files_say_nothing_about_images(string json) => Assert.Null(Read(json));

    [Theory]
    [InlineData("""{"pretrained_cfg": {"interpolation": "lanczos"}}""", "\"interpolation\": \"lanczos\" is not supported")]
    [InlineData("""{"pretrained_cfg": {"crop_mode": "border"}}""", "\"crop_mode\": \"border\" is not supported; it must be")]
    [InlineData("""{"pretrained_cfg": {"input_size": [3, 224, 288]}}""", "\"input_size\": [3, 224, 288] is not supported")]
    [InlineData("""{"pretrained_cfg": {"input_size": [1, 28, 28]}}""", "\"input_size\": [1, 28, 28] is not supported")]
    [InlineData("""{"pretrained_cfg": {"crop_pct": 0}}""", "\"crop_pct\": 0 is not supported; it must be above 0")]
    [InlineData("""{"pretrained_cfg": {"mean": [1, 2]}}""", "\"mean\": [1, 2] is not supported; it must be three numbers")]
    [InlineData("""{"pretrained_cfg": {"std": [1, 0, 1]}}""", "A standard deviation of (1, 0, 1) is invalid")]
    [InlineData("""{"image_processor_type": "ViTImageProcessor", "resample": 1}""", "\"resample\": 1 is not supported")]
    [InlineData("""{"image_processor_type": "ViTImageProcessor", "resample": 0}""", "0 is nearest")]
    [InlineData("""{"image_processor_type": "ViTImageProcessor", "size": {"height": 224, "width": 192}}""", "\"width\": 192} is not supp")]
    [InlineData("""{"image_processor_type": "DetrImageProcessor", "size": {"longest_edge": 1333}}""", "\"size\": {\"longest_edge\": 13")]
    [InlineData("""{"image_processor_type": "ViTImageProcessor", "do_resize": false}""", "\"do_resize\": false is not supported")]
    [InlineData("""{"image_processor_type": "EfficientNetImageProcessor", "rescale_offset": true}""", "\"rescale_offset\": true is not")]
    [InlineData("""{"image_processor_type": "EfficientNetImageProcessor", "size": 288}""", "\"image_mean\": null is not supported; it")]
    [InlineData("""{"image_processor_type": "CLIPImageProcessor", "crop_size": 256}""", "\"crop_size\": 256 is not supported; it must")]
    [InlineData("""{"image_processor_type": "CLIPImageProcessor", "rescale_factor": 0}""", "\"rescale_factor\": 0 is not supported")]
    [InlineData("""{"image_processor_type": "CLIPImageProcessor", "size": "big"}""", "\"size\": \"big\" is not supported")]
    [InlineData("""{"image_processor_type": 7}""", "\"image_processor_type\": 7 is not supported; it must be a text")]
    [InlineData("[1, 2]", "is not a JSON object")]
    [InlineData("{", "is not JSON")]
    public void What_cannot_be_done_is_refused_by_name(string json, string message)
    {
        var error = Assert.Throws<InvalidDataException>(() => Read(json));
        Assert.StartsWith(_folder.File("some.json"), error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_beside_a_model_is_found()
    {
        string Write(string name, string json)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
            File.WriteAllText(_folder.File(name), json);
            return _folder.File(name);
        }
        string model = Write("repository/onnx/model.onnx", ""), elsewhere = Write("repository/other/model.onnx", "");
        Assert.Null(PreprocessorConfig.FindBeside(model));
        Write("repository/config.json", """{"pretrained_cfg": {"crop_pct": 1}}""");
        Assert.Equal(224, PreprocessorConfig.FindBeside(model)?.Resize);
        Assert.Null(PreprocessorConfig.FindBeside(elsewhere));
        Write("repository/preprocessor_config.json", """{"image_processor_type": "DeiTImageProcessor"}""");
        Assert.Equal(256, PreprocessorConfig.FindBeside(model)?.Resize);
        // transformers' config.json says nothing about images.
        Write("repository/onnx/config.json", """{"model_type": "deit", "image_size": 224}""");
        Assert.Equal(256, PreprocessorConfig.FindBeside(model)?.Resize);
        Write("repository/onnx/preprocessor_config.json", """{"image_processor_type": "LevitImageProcessor"}""");
        Assert.Equal(CropMode.Center, PreprocessorConfig.FindBeside(model)?.CropMode);
    }
}
