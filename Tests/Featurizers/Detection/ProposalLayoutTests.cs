using TransferKit.Detection;

namespace TransferKit.Tests.Featurizers.Detection;

public class ProposalLayoutTests
{
    /// <summary>In maps that hold the x coordinate of each pixel, the mean of a pooled box is its center.</summary>
    [Fact]
    public void Boxes_are_pooled_from_their_place()
    {
        var detector = Detectors.WithBackbone("shufflenet_v2_x0_5");
        var steps = detector.Steps(128, 128);
        var graph = detector.ProposalNetwork(128, 128);
        Assert.Equal(graph.Output.Shape.Count, steps.Layout.Count);
        float[] outputs = new float[steps.Layout.Count];
        int at = 0;
        foreach (var map in detector.ReturnLayers.Select((_, i) => graph.Find($"{i}").Shape))
            for (int i = 0; i < map.Count; i++)
                outputs[at++] = i % map.Width * (128 / map.Width);
        Assert.Equal(steps.Layout.MapCount, at);
        float[] regions = new float[2 * steps.RegionCount];
        steps.Pool(outputs, [new(24, 0, 88, 40), new(40, 8, 104, 24)], regions);
        Assert.Equal(56, regions[..(regions.Length / 2)].Average(), 1f);
        Assert.Equal(72, regions[(regions.Length / 2)..].Average(), 1f);
    }
}
