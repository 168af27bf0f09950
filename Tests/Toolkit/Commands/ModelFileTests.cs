namespace TransferKit.Tests.Toolkit.Commands;

public sealed class ModelFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string[]> Commands => new()
    {
        { "detector.zip", ["predict", "MODEL", "a.jpg"] },
        { "detector.zip", ["evaluate", "MODEL", "."] },
        { "detector.zip", ["explain", "MODEL", "a.jpg", "--out", "ROOT/maps"] },
        { "detector.zip", ["serve", "MODEL"] },
        { "svm.zip", ["detect", "predict", "MODEL", "a.jpg"] },
    };

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(Commands))]
    public void A_model_of_the_other_kind_is_named_with_the_commands_for_it(string model, string[] arguments)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Reference", "models", model);
        var (code, output, error) = CliTests.Run([.. arguments.Select(a => a == "MODEL" ? path : a.Replace("ROOT", _folder.Root,
            StringComparison.Ordinal))]);
        string expected = model == "detector.zip"
            ? "an object detector, not an image classifier: use it with `transferkit detect predict` or `transferkit detect evaluate`."
            : "an image classifier, not an object detector: use it with `transferkit predict` or `transferkit evaluate`.";
        Assert.Equal((1, "", $"'{path}' is {expected}"), (code, output, error.Trim()));
    }
}
