using TransferKit.Graphs;

namespace TransferKit.Detection;

/// <summary>Where in the vector that the proposing network gives for images of one size each of its maps lies.</summary>
internal sealed class ProposalLayout
{
    private readonly FasterRcnn _detector;
    private readonly int _height;
    private readonly Box[][] _anchors;
    private readonly Shape[] _maps, _objectness;

    /// <summary>For images of this size in pixels, with their padding.</summary>
    public ProposalLayout(FasterRcnn detector, int height, int width)
    {
        // With its padding, which may be most of it: torchvision takes the height without, which is the same up to 31 pixels of padding.
        (_detector, _height) = (detector, height);
        var graph = detector.Proposing(height, width);
        _maps = [.. detector.Stages.Select((_, i) => graph.Find($"{i}").Shape)];
        _objectness = [.. detector.Anchors.Select((_, i) => graph.Find($"objectness.{i}").Shape)];
        _anchors = [.. _objectness.Zip(detector.Anchors, (map, anchors) => anchors.Grid(map.Height, map.Width, height / map.Height, width / map.Width))];
        Anchors = [.. _anchors.SelectMany(a => a)];
        Count = graph.Output.Shape.Count;
        Pooled = _maps.Sum(m => m.Count);
    }

    /// <summary>All anchors, those of one map after those of another.</summary>
    public Box[] Anchors { get; }

    /// <summary>The vector's length.</summary>
    public int Count { get; }

    /// <summary>The length of the part that proposals are cut out of.</summary>
    public int Pooled { get; }

    /// <summary>What the proposal head says for each map of the pyramid.</summary>
    public ProposalMap[] Proposals(ReadOnlyMemory<float> vector) => Heads(vector[Pooled..]);

    /// <summary>The same from the part of the vector that comes after the pyramid's maps.</summary>
    public ProposalMap[] Heads(ReadOnlyMemory<float> vector)
    {
        var maps = new ProposalMap[_objectness.Length];
        int objectness = 0, deltas = Anchors.Length;
        for (int i = 0; i < maps.Length; i++)
        {
            int count = _objectness[i].Count;
            maps[i] = new(_anchors[i], _objectness[i].Channels, vector.Slice(objectness, count), vector.Slice(deltas, 4 * count));
            (objectness, deltas) = (objectness + count, deltas + 4 * count);
        }
        return maps;
    }

    /// <summary>Cuts proposals out of the pyramid's maps.</summary>
    /// <param name="vector">The vector.</param>
    /// <param name="proposals">The proposals, in pixels of the image.</param>
    /// <param name="turned">Room for <see cref="Pooled"/> values.</param>
    /// <param name="regions">Takes proposals x channels x 7 x 7 values.</param>
    public void Pool(ReadOnlyMemory<float> vector, Box[] proposals, Memory<float> turned, Memory<float> regions)
    {
        var pyramid = Pyramid(vector, turned);
        float[] scales = [.. pyramid.Select(p => p.Scale)];
        FasterRcnn.Pooling.Pool(proposals, i => pyramid[PixelMap.LevelOf(proposals[i], scales)], _detector.Channels, regions);
    }

    private PixelMap[] Pyramid(ReadOnlyMemory<float> vector, Memory<float> turned)
    {
        var maps = new PixelMap[_maps.Length];
        int start = 0;
        for (int i = 0; i < maps.Length; i++)
        {
            var to = turned.Slice(start, _maps[i].Count);
            PixelMap.Turn(vector.Slice(start, _maps[i].Count), _detector.Channels, to);
            maps[i] = new(to, _maps[i].Height, _maps[i].Width, PixelMap.ScaleOf(_maps[i].Height, _height));
            start += _maps[i].Count;
        }
        return maps;
    }
}
