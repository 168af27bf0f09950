using TransferKit.Toolkit.Commands;

namespace TransferKit.Tests.Toolkit.Commands;

public class ExplainTextTests
{
    private static readonly ExplainCommand.Result Llama = new(
        "llama.jpg", "llama", 0.254f, [208, 87], [143, 72, 228, 105], "map.png", null);

    [Fact]
    public void A_probability_is_printed_as_a_percentage() => Assert.Equal(
        "llama.jpg: llama (25.4 %), strongest at (208, 87), region (143, 72)–(228, 105): map.png",
        ExplainCommand.ToText(Llama, isProbability: true));

    [Fact]
    public void A_decision_value_is_printed_as_a_score() => Assert.Equal(
        "llama.jpg: llama (score 0.254), strongest at (208, 87), region (143, 72)–(228, 105): map.png",
        ExplainCommand.ToText(Llama, isProbability: false));

    [Fact]
    public void An_error_is_printed_as_it_is()
    {
        var failed = new ExplainCommand.Result("broken.jpg", null, null, null, null, null, "'broken.jpg' is no image.");
        Assert.Equal("'broken.jpg' is no image.", ExplainCommand.ToText(failed, isProbability: true));
    }
}
