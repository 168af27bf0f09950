using TransferKit.Detection;
using TransferKit.Images;

namespace TransferKit.Tests.Featurizers.Detection;

public class TrainingSelectionTests
{
    [Fact]
    public void Difficult_objects_are_trained_on_and_crowds_are_not()
    {
        LabeledBox ordinary = new(new(0, 0, 10, 10), 1), difficult = new(new(20, 0, 30, 10), 1) { IsDifficult = true };
        var crowd = new LabeledBox(new(0, 20, 60, 60), 1) { IsCrowd = true };
        var example = new DetectionExample(BrightSquares.Draw(0).Image, [ordinary, crowd, difficult]);
        var options = BrightSquares.Options<DetectionOptions>();
        var detector = options.Architecture();
        using var batches = new DetectionBatches([example], detector, new DetectorPass(detector, 2), Augmentation.None, 0, options);
        var batch = Assert.IsType<DetectionBatch>(Assert.Single(batches.InOrder()));
        Assert.Equal([ordinary, difficult], Assert.Single(batch.GroundTruth));
    }
}
