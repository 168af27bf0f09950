using TransferKit.Detection;

namespace TransferKit.Tests.Featurizers.Detection;

public class ProposalLayoutTests
{
    /// <summary>Whatever part of the square an image fills: maps that hold the place of each of their pixels give the place of the box.</summary>
    [Fact]
    public void Boxes_are_cut_out_where_they_are()
    {
        var detector = Detectors.WithBackbone("shufflenet_v2_x0_5");
        var layout = new ProposalLayout(detector, 128, 128);
        var graph = detector.Proposing(128, 128);
        float[] vector = new float[layout.Count];
        int at = 0;
        foreach (var map in detector.Stages.Select((_, i) => graph.Find($"{i}").Shape))
            for (int i = 0; i < map.Count; i++)
                vector[at++] = i % map.Width * (128 / map.Width);
        Assert.Equal(layout.Pooled, at);
        float[] regions = new float[2 * detector.Channels * 49];
        layout.Pool(vector, [new(24, 0, 88, 40), new(40, 8, 104, 24)], new float[layout.Pooled], regions);
        Assert.Equal(56, regions[..(regions.Length / 2)].Average(), 1f);
        Assert.Equal(72, regions[(regions.Length / 2)..].Average(), 1f);
    }
}
