using static TorchSharp.torch;

namespace TransferKit.Detection;

/// <summary>
/// <see cref="RoiAlign"/> on tensors of any device, with gradients: each bin is a weighted sum of pixels, so that all bins together are
/// the product of a sparse matrix and the maps' pixels.
/// </summary>
internal static class TorchRoiAlign
{
    /// <summary>Pools boxes from a feature pyramid.</summary>
    /// <param name="pooling">The number of bins and samples.</param>
    /// <param name="maps">The maps, images x channels x height x width each.</param>
    /// <param name="scales">The size of each map divided by the size of the image.</param>
    /// <param name="boxes">The number of the image, and a box in its pixels.</param>
    /// <returns>Boxes x channels x size x size, in single precision.</returns>
    public static Tensor Pool(this RoiAlign pooling, IReadOnlyList<Tensor> maps, IReadOnlyList<float> scales,
        IReadOnlyList<(int Image, Box Box)> boxes)
    {
        using var scope = NewDisposeScope();
        var pixels = cat([.. maps.Select(m => m.permute(0, 2, 3, 1).flatten(0, 2))]).@float();
        int bins = pooling.Size * pooling.Size;
        var (rows, columns, weights) = Weights(pooling, maps, scales, boxes);
        var indices = stack([tensor(rows), tensor(columns)]).to(pixels.device);
        var matrix = sparse_coo_tensor(indices, tensor(weights).to(pixels.device), [(long)boxes.Count * bins, pixels.shape[0]]);
        var pooled = matrix.mm(pixels).reshape(boxes.Count, bins, -1).transpose(1, 2);
        return pooled.reshape(boxes.Count, -1, pooling.Size, pooling.Size).MoveToOuterDisposeScope();
    }

    // The sparse matrix: rows are bins of boxes, columns are pixels of all maps.
    private static (long[] Rows, long[] Columns, float[] Weights) Weights(RoiAlign pooling, IReadOnlyList<Tensor> maps,
        IReadOnlyList<float> scales, IReadOnlyList<(int Image, Box Box)> boxes)
    {
        var (rows, columns, weights) = (new List<long>(), new List<long>(), new List<float>());
        long[] firstPixels = [.. maps.Select((_, i) => maps.Take(i).Sum(m => m.shape[0] * m.shape[2] * m.shape[3]))];
        for (int i = 0; i < boxes.Count; i++)
        {
            var (image, box) = boxes[i];
            int level = ChannelsLastMap.LevelIndexOf(box, scales);
            var (height, width) = ((int)maps[level].shape[2], (int)maps[level].shape[3]);
            long firstPixel = firstPixels[level] + (long)image * height * width;
            foreach (var (bin, pixel, weight) in pooling.Weights(box, scales[level], height, width))
            {
                rows.Add((long)i * pooling.Size * pooling.Size + bin);
                columns.Add(firstPixel + pixel);
                weights.Add(weight);
            }
        }
        return ([.. rows], [.. columns], [.. weights]);
    }
}
