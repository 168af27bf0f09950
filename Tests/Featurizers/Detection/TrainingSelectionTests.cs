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
        var pass = new DetectorPass(detector, classes: 2);
        using var loader = new DetectionDataLoader([example, example], detector, pass, Augmentation.None, scaleJitter: 0, options);
        var batch = Assert.IsType<DetectionBatch>(Assert.Single(loader.Shuffled(epoch: 0)));
        Assert.All(batch.GroundTruth, objects => Assert.Equal([ordinary, difficult], objects));
    }
}
