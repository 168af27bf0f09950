using TransferKit.Toolkit;
using TransferKit.Training;

namespace TransferKit.Tests.Toolkit;

public class TrainingOutcomeTests
{
    [Theory]
    [InlineData(3, false, "Kept epoch 2 of 3 (validation accuracy 91.3 %).")]
    [InlineData(9, false, "Kept epoch 2 of 9 (validation accuracy 91.3 %). "
        + "The training ended early, after epoch 3: no epoch of the last 4 was better (--patience).")]
    [InlineData(9, true, "Kept epoch 2 of 9 (validation accuracy 91.3 %). "
        + "The training ended early, after epoch 3: it was interrupted (--resume goes on with it).")]
    public void It_says_which_epoch_was_kept_and_why_the_training_ended_early(int epochs, bool interrupted, string expected)
    {
        var history = new TrainingHistory(Epoch(1, 0.5), Epoch(2, 0.913), Epoch(3, 0.75));
        var options = new FineTuneOptions { Epoch = epochs, EarlyStoppingCriteria = new EarlyStopping(Patience: 4) };
        Assert.Equal(expected, TrainingOutcome.Describe(history, bestEpoch: 2, options, interrupted));
    }

    [Fact]
    public void Without_validation_images_the_last_epoch_is_kept()
    {
        var history = new TrainingHistory(Epoch(1, null));
        Assert.Equal("Kept epoch 1 of 1 (the last, because there are no validation images).",
            TrainingOutcome.Describe(history, bestEpoch: 1, new FineTuneOptions { Epoch = 1 }, interrupted: false));
    }

    private static EpochMetrics Epoch(int number, double? accuracy) => new("all layers", number, 0.1, 1, 1, 1)
    {
        ValidationMetrics = accuracy is { } value ? new Dictionary<string, double> { ["accuracy"] = value } : [],
    };
}
