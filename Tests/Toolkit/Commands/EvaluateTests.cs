namespace TransferKit.Tests.Toolkit.Commands;

public sealed class EvaluateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_of_other_classes_is_refused_and_single_unknown_classes_are_noted()
    {
        string[] small = ["--backbone", "resnet18", "--weights", "none", "--crop", "64", "--resize", "64"];
        string photos = Drawings.Folder(_folder, each: 6), model = _folder.File("model.zip");
        string test = Drawings.Folder(_folder, each: 2, "test");
        Assert.Equal(0, CliTests.Run(["train", photos, "--out", model, .. small]).Code);

        Directory.Move(Path.Combine(test, "bars"), Path.Combine(test, "stripes"));
        var (code, output, error) = CliTests.Run("evaluate", model, test);
        Assert.True(code == 0, error);
        Assert.Contains("Note: the model does not predict stripes, so these images count as wrong. It predicts bars, discs.", error,
            StringComparison.Ordinal);
        Assert.Contains(" of 4 correct), 95 % confidence interval ", output, StringComparison.Ordinal);

        Directory.Move(Path.Combine(test, "discs"), Path.Combine(test, "circles"));
        (code, output, error) = CliTests.Run("evaluate", model, test);
        Assert.Equal((1, ""), (code, output));
        const string Message = "The classes differ: the model predicts bars, discs, but the test images are of circles, stripes. " +
            "Test with images of the model's classes.";
        Assert.Contains(Message, error, StringComparison.Ordinal);

        // Training finds out before it begins.
        (code, output, error) = CliTests.Run(["train", photos, "--test", test, "--out", _folder.File("other.zip"), .. small]);
        Assert.Equal((1, ""), (code, output));
        Assert.Contains(Message, error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("other.zip")));
    }
}
