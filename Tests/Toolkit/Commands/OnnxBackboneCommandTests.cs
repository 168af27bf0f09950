using TransferKit.Tests.Featurizers.Engines.Onnx;
using static TransferKit.Tests.Toolkit.CliTests;

namespace TransferKit.Tests.Toolkit.Commands;

/// <summary>ONNX files as backbones of the commands.</summary>
public sealed class OnnxBackboneCommandTests : IDisposable
{
    private static readonly string[] Preprocessing =
        ["--resize", "16", "--crop", "16", "--mean", "0.5,0.5,0.5", "--std", "0.5,0.5,0.5"];

    private readonly TemporaryFolder _folder = new();
    private readonly string _photos, _frozen;

    public OnnxBackboneCommandTests() =>
        (_photos, _frozen) = (Drawings.Folder(_folder, each: 6), OnnxModels.WithLstm().Write(_folder, "lstm.onnx"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_classifier_on_frozen_features_is_saved_and_predicts()
    {
        string model = _folder.File("model.zip"), image = Directory.GetFiles(_photos, "*", SearchOption.AllDirectories).Order().First();
        var (code, _, error) = Run(["train", _photos, "--backbone", _frozen, .. Preprocessing, "--out", model]);
        Assert.True(code == 0, error);
        Assert.Contains("Preprocessing: resize 16, crop 16, bilinear, mean (0.5, 0.5, 0.5), std (0.5, 0.5, 0.5)", error,
            StringComparison.Ordinal);
        var scores = Json("predict", model, image).GetProperty("predictions")[0].GetProperty("labels").EnumerateArray();
        Assert.Equal(1, scores.Sum(score => score.GetProperty("score").GetDouble()), 3);
    }

    [Fact]
    public void The_last_layer_can_be_trained_and_no_other()
    {
        string[] finetune = ["finetune", _photos, "--backbone", _frozen, .. Preprocessing, "--epochs", "1", "--out"];
        var (code, _, error) = Run([.. finetune, _folder.File("last")]);
        Assert.True(code == 0, error);
        (code, _, error) = Run([.. finetune, _folder.File("all"), "--mode", "all"]);
        Assert.NotEqual(0, code);
        Assert.Contains("TransferKit cannot read its operator LSTM (node 'lstm_1')", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_summary_lists_the_values_of_a_model()
    {
        var names = Json("summary", _frozen).GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("name").GetString());
        Assert.Contains("onnx@features_4", names);
        string drawing = _folder.File("net.svg");
        Assert.Equal(0, Run("summary", _frozen, "--out", drawing).Code);
        Assert.Contains("features_4", File.ReadAllText(drawing), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_are_missing_or_say_nothing_of_preprocessing_are_named()
    {
        var (code, _, error) = Run("train", _photos, "--backbone", _folder.File("other.onnx"), "--out", _folder.File("x.zip"));
        Assert.Equal(2, code);
        Assert.Contains("There is no ONNX file", error, StringComparison.Ordinal);
        (code, _, error) = Run("train", _photos, "--backbone", _frozen, "--out", _folder.File("x.zip"));
        Assert.Equal(2, code);
        Assert.Contains("lstm.onnx' does not say how images are prepared", error, StringComparison.Ordinal);
    }
}
