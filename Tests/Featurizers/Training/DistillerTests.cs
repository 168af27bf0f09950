using TransferKit.Backbones;
using TransferKit.Images;
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
    public void A_student_learns_the_outputs_of_its_teacher()
    {
        var trained = Distill(Options(), Draw(12), Draw(3, "validation"));
        Assert.True(trained.History[^1].Loss < 0.8 * trained.History[0].Loss, $"{trained.History}");
        Assert.Equal(["agreement"], trained.History.MetricNames);
        // The student has its own keys and the teacher's classes, and loads like any other network.
        string path = _folder.File("student.safetensors");
        Safetensors.Write(path, trained.Network.Weights);
        var student = Registry.Get("shufflenet_v2_x0_5");
        using var loaded = Pretrained.Load(student, path, preprocessing: trained.Preprocessing).Network.Weights;
        Assert.Equal(7, trained.Network.Graph.Output.Shape.Count);
        Assert.DoesNotContain(loaded.Keys, k => k.Contains("map", StringComparison.Ordinal));
        Assert.Empty(CacheFiles("*"));
    }

    [Fact]
    public void The_same_seed_gives_the_same_student_interrupted_or_not()
    {
        var images = Draw(6);
        var options = Options();
        var whole = Distill(options, images, []);
        options.WorkspacePath = _folder.File("run");
        options.Resume = true;
        using (var cancellation = new CancellationTokenSource())
        {
            options.EpochProgress = new Callback(_ => cancellation.Cancel());
            Distiller.Distill(options, images, [], cancellation.Token);
        }
        options.EpochProgress = null;
        // The file of the teacher's outputs is kept for the resumed training, which deletes it.
        Assert.Single(CacheFiles("*.bin"));
        var resumed = Distill(options, images, []);
        Assert.Empty(CacheFiles("*"));
        Assert.Equal(whole.History.Select(m => m.Loss), resumed.History.Select(m => m.Loss));
        Assert.All(whole.Network.Weights, w => Assert.Equal(w.Value.Bytes.ToArray(), resumed.Network.Weights[w.Key].Bytes.ToArray()));
        options.Temperature = 3;
        Assert.Contains("is of a training with other settings (Temperature: 2, now 3).",
            Assert.Throws<ResumeException>(() => Distill(options, images, [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_epoch_with_the_lowest_validation_loss_is_kept()
    {
        var options = Options();
        (options.Epoch, options.LearningRate) = (6, 3e-2);
        var trained = Distill(options, Draw(6), Draw(2));
        Assert.Equal(trained.History.MinBy(m => m.ValidationLoss)!.Epoch, trained.BestEpoch);
    }

    [Fact]
    public void The_loss_is_that_of_PyTorch()
    {
        using var scope = NewDisposeScope();
        var options = new DistillationOptions { Temperature = 3, FeatureWeight = 2 };
        var (logits, features, teacherLogits, teacherFeatures) = (randn(5, 7), randn(5, 9), randn(5, 7), randn(5, 9));
        using var criterion = new DistillationLoss(new NoInputs(), classes: 7, options);
        var targets = cat([teacherLogits, teacherFeatures], 1);
        var studentLog = nn.functional.log_softmax(logits / 3, 1);
        var teacher = nn.functional.softmax(teacherLogits / 3, 1);
        var divergence = nn.functional.kl_div(studentLog, teacher, log_target: false, reduction: nn.Reduction.Sum) / 5;
        var cosine = nn.functional.cosine_similarity(features, teacherFeatures, 1).mean();
        float expected = (divergence + 2 * (1 - cosine)).item<float>();
        Assert.Equal(expected, criterion.Loss([logits, features], targets).item<float>(), 1e-5f);
        Assert.Equal(0, criterion.Loss([teacherLogits, teacherFeatures], targets).item<float>(), 1e-5f);
    }

    private DistillationOptions Options()
    {
        Environment.SetEnvironmentVariable(CacheFolder.Variable, _folder.File("cache"));
        return new()
        {
            Backbone = "shufflenet_v2_x0_5",
            Teacher = "lenet5",
            TeacherWeights = WriteTeacher(_folder),
            Size = 32,
            Epoch = 4,
            BatchSize = 8,
            Views = 2,
        };
    }

    /// <summary>Writes weights of a LeNet-5 with 7 classes.</summary>
    internal static string WriteTeacher(TemporaryFolder folder)
    {
        string path = folder.File("teacher.safetensors");
        Safetensors.Write(path, RandomWeights.For(Registry.Get("lenet5").Build(classes: 7), seed: 3));
        return path;
    }

    private string[] CacheFiles(string pattern) => Directory.GetFiles(_folder.File("cache"), pattern, SearchOption.AllDirectories);

    private List<ImageSource> Draw(int each, string name = "photos") =>
        [.. ImageFiles.In(Drawings.Folder(_folder, each, name)).Select(f => new ImageSource(f))];

    private static TrainedNetwork Distill(DistillationOptions options, List<ImageSource> train, List<ImageSource> validation) =>
        Distiller.Distill(options, train, validation, TestContext.Current.CancellationToken);

    private sealed class NoInputs : NetworkInputs
    {
        public override int Width => 16;

        public override void Read(int example, int epoch, Span<float> values) => throw new NotSupportedException();

        public override void Dispose()
        {
        }
    }
}
