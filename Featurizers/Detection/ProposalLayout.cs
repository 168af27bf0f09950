using System.Buffers;

namespace TransferKit.Detection;

/// <summary>
/// The layout of the proposal network's output vector for one input size: the maps of the feature pyramid but for the last, then the
/// objectness of each map, then the box deltas of each map.
/// </summary>
internal sealed class ProposalLayout
{
    private readonly IReadOnlyList<PyramidLevel> _levels;
    private readonly int _height, _channels;
    private readonly Box[][] _anchors;
    private readonly int[] _mapSizes;

    /// <summary>Computes the layout.</summary>
    /// <param name="height">The height of the network's input in pixels, with padding.</param>
    /// <param name="width">The width of the network's input in pixels, with padding.</param>
    /// <param name="levels">The maps of the feature pyramid, the largest first.</param>
    /// <param name="channels">The channels of the maps.</param>
    public ProposalLayout(int height, int width, IReadOnlyList<PyramidLevel> levels, int channels)
    {
        // torchvision takes the height without padding for the scales, which gives the same for up to 31 pixels of padding. In a square
        // input most of the height may be padding: here the scales are right.
        (_levels, _height, _channels) = (levels, height, channels);
        _anchors = [.. levels.Select(l => l.Anchors.Grid(l.Height, l.Width, height / l.Height, width / l.Width))];
        // No proposals are pooled from the last map.
        _mapSizes = [.. levels.SkipLast(1).Select(l => channels * l.Height * l.Width)];
        Anchors = [.. _anchors.SelectMany(a => a)];
        MapCount = _mapSizes.Sum();
        Count = MapCount + 5 * Anchors.Length;
    }

    /// <summary>The anchors of all maps, map after map.</summary>
    public Box[] Anchors { get; }

    /// <summary>The length of the vector.</summary>
    public int Count { get; }

    /// <summary>The length of the first part of the vector, the maps that proposals are pooled from.</summary>
    public int MapCount { get; }

    /// <summary>The outputs of the region proposal network for each map.</summary>
    /// <param name="outputs">The part of the vector after the maps.</param>
    public ProposalMap[] Proposals(ReadOnlyMemory<float> outputs)
    {
        var maps = new ProposalMap[_levels.Count];
        int objectness = 0, deltas = Anchors.Length;
        for (int i = 0; i < maps.Length; i++)
        {
            int count = _anchors[i].Length;
            maps[i] = new(_anchors[i], _levels[i].Anchors.PerLocation, outputs.Slice(objectness, count), outputs.Slice(deltas, 4 * count));
            (objectness, deltas) = (objectness + count, deltas + 4 * count);
        }
        return maps;
    }

    /// <summary>Pools the features of proposals from the feature pyramid.</summary>
    /// <param name="outputs">The vector.</param>
    /// <param name="proposals">The proposals, in pixels of the resized image.</param>
    /// <param name="regions">Receives proposals x channels x 7 x 7 values.</param>
    public void Pool(ReadOnlyMemory<float> outputs, Box[] proposals, Memory<float> regions)
    {
        // Rented: new memory of this size costs as much time as the pooling itself.
        float[] buffer = ArrayPool<float>.Shared.Rent(MapCount);
        try
        {
            var maps = new ChannelsLastMap[_mapSizes.Length];
            int start = 0;
            for (int i = 0; i < maps.Length; i++)
            {
                var channelsLast = buffer.AsMemory(start, _mapSizes[i]);
                ChannelsLastMap.ToChannelsLast(outputs.Slice(start, _mapSizes[i]), _channels, channelsLast);
                maps[i] = new(channelsLast, _levels[i].Height, _levels[i].Width, ChannelsLastMap.ScaleOf(_levels[i].Height, _height));
                start += _mapSizes[i];
            }
            float[] scales = [.. maps.Select(m => m.Scale)];
            FasterRcnn.Pooling.Pool(proposals, i => maps[ChannelsLastMap.LevelIndexOf(proposals[i], scales)], _channels, regions);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(buffer);
        }
    }
}
