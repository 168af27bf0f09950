using System.IO.Compression;
using System.Text.Json;
using TransferKit.Backbones;
using TransferKit.Images;
using TransferKit.Tests.Toolkit;
using TransferKit.Training;
using TransferKit.Weights;
using static TorchSharp.torch;

namespace TransferKit.Tests.Featurizers.Training;

public sealed class DistillerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(CacheFolder.Variable, null);
        _folder.Dispose();
    }

    [Fact]
    public void A_student_learns_what_its_teacher_gives()
    {
        var images = Drawn(12);
        var options = Options();
        var trained = Distill(options, images, Drawn(3, "validation"));
        Assert.True(trained.History[^1].CrossEntropy < 0.8 * trained.History[0].CrossEntropy, string.Join(" ", trained.History.Select(m => $"{m.CrossEntropy:g3}")));
        // The student has its own keys and the teacher's classes, and loads like any other network.
        string path = _folder.File("student.safetensors");
        Safetensors.Write(path, trained.Network.Weights);
        using var loaded = Pretrained.Load(Registry.Get("shufflenet_v2_x0_5"), path, preprocessing: trained.Preprocessing).Network.Weights;
        Assert.Equal(7, trained.Network.Graph.Output.Shape.Count);
        Assert.DoesNotContain(loaded.Keys, k => k.Contains("map", StringComparison.Ordinal));
        Assert.Empty(Directory.GetFiles(_folder.File("cache"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void The_same_seed_gives_the_same_student_interrupted_or_not()
    {
        var images = Drawn(6);
        var options = Options();
        var whole = Distill(options, images, []);
        options.WorkspacePath = _folder.File("run");
        options.Resume = true;
        using (var stop = new CancellationTokenSource())
        {
            options.EpochProgress = new Callback(m => stop.Cancel());
            Distiller.Distill(options, images, [], stop.Token);
        }
        options.EpochProgress = null;
        // What the teacher gave waits for the run that goes on, and goes with it.
        Assert.Single(Directory.GetFiles(_folder.File("cache"), "*.bin", SearchOption.AllDirectories));
        var resumed = Distill(options, images, []);
        Assert.Empty(Directory.GetFiles(_folder.File("cache"), "*", SearchOption.AllDirectories));
        Assert.Equal(whole.History.Select(m => m.CrossEntropy), resumed.History.Select(m => m.CrossEntropy));
        Assert.All(whole.Network.Weights, w => Assert.Equal(w.Value.Bytes.ToArray(), resumed.Network.Weights[w.Key].Bytes.ToArray()));
        options.Temperature = 3;
        Assert.Contains("is of a training with other settings", Assert.Throws<ArgumentException>(() => Distill(options, images, [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_epoch_with_the_lowest_loss_is_kept()
    {
        var options = Options();
        options.Epoch = 6;
        options.LearningRate = 3e-2;
        var trained = Distill(options, Drawn(6), Drawn(2));
        Assert.Equal(trained.History.MinBy(m => m.ValidationCrossEntropy)!.Epoch, trained.BestEpoch);
    }

    [Fact]
    public void The_loss_is_PyTorchs_divergence_and_cosine()
    {
        using var scope = NewDisposeScope();
        var options = new DistillationOptions { Temperature = 3, FeatureWeight = 2 };
        var (logits, features, teacherLogits, teacherFeatures) = (randn(5, 7), randn(5, 9), randn(5, 7), randn(5, 9));
        using var objective = new DistillationLoss(new Nothing(), classes: 7, options);
        var loss = objective.Loss([logits, features], cat([teacherLogits, teacherFeatures], 1));
        var divergence = nn.functional.kl_div(nn.functional.log_softmax(logits / 3, 1), nn.functional.softmax(teacherLogits / 3, 1), log_target: false, reduction: nn.Reduction.Sum) / 5;
        var cosine = nn.functional.cosine_similarity(features, teacherFeatures, 1).mean();
        Assert.Equal((divergence + 2 * (1 - cosine)).item<float>(), loss.item<float>(), 1e-5f);
        Assert.Equal(0, objective.Loss([teacherLogits, teacherFeatures], cat([teacherLogits, teacherFeatures], 1)).item<float>(), 1e-5f);
    }

    [Fact]
    public void The_command_takes_folders_and_zip_files_and_leaves_a_run_folder()
    {
        string photos = Drawings.Folder(_folder, each: 10), zip = _folder.File("photos.zip"), run = _folder.File("run");
        ZipFile.CreateFromDirectory(photos, zip);
        File.WriteAllText(Path.Combine(photos, "bars", "broken.jpg"), "no image");
        string[] arguments = ["distill", "--teacher", "lenet5", "--teacher-weights", Teacher(), "--student", "lenet5", "--size", "32", "--images", photos, zip, "--epochs", "2", "--batch-size", "16", "--probe", photos, "--out", run, "--json"];
        var (code, output, error) = CliTests.Run(arguments);
        Assert.True(code == 0, error);
        Assert.Contains("Skipped: ", error, StringComparison.Ordinal);
        Assert.Equal(["arguments.json", "best.safetensors", "last.ckpt", "model.onnx", "report.json", "results.csv"], Directory.GetFiles(run).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var result = JsonDocument.Parse(output).RootElement;
        Assert.Equal(2, result.GetProperty("history").GetArrayLength());
        Assert.Equal(4, result.GetProperty("probes")[0].GetProperty("total").GetInt32());
        (code, output, error) = CliTests.Run("distill", "--images", _folder.File("nowhere"));
        Assert.Equal((2, $"There is no folder and no .zip file '{_folder.File("nowhere")}'.\n"), (code, error));
    }

    public static TheoryData<string, Action<DistillationOptions>> Wrong => new()
    {
        { "Images of 8 and ", o => o.Size = 8 },
        { "A temperature of 0 with features that count 5", o => o.Temperature = 0 },
        { "All of a student learns, without labels", o => o.LabelSmoothing = 0.1 },
        { "Unknown backbone 'mobilenet'", o => o.Teacher = "mobilenet" },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void Impossible_settings_are_quoted(string message, Action<DistillationOptions> change)
    {
        var options = new DistillationOptions();
        change(options);
        Assert.StartsWith(message, Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
    }

    private DistillationOptions Options()
    {
        Environment.SetEnvironmentVariable(CacheFolder.Variable, _folder.File("cache"));
        return new() { Backbone = "shufflenet_v2_x0_5", Teacher = "lenet5", TeacherWeights = Teacher(), Size = 32, Epoch = 4, BatchSize = 8, Views = 2 };
    }

    private string Teacher()
    {
        var graph = Registry.Get("lenet5").Build(classes: 7);
        string path = _folder.File("teacher.safetensors");
        Safetensors.Write(path, RandomWeights.For(graph, seed: 3));
        return path;
    }

    private List<ImageSource> Drawn(int each, string name = "photos") =>
        [.. ImageFiles.In(Drawings.Folder(_folder, each, name)).Select(f => new ImageSource(f))];

    private static TrainedNetwork Distill(DistillationOptions options, IReadOnlyList<ImageSource> train, IReadOnlyList<ImageSource> validation) =>
        Distiller.Distill(options, train, validation, TestContext.Current.CancellationToken);

    private sealed class Nothing : TailInputs
    {
        public override int Width => 16;

        public override void Read(int example, int epoch, Span<float> to) => throw new NotSupportedException();

        public override void Dispose()
        {
        }
    }
}
