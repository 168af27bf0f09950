using static TorchSharp.torch;

namespace TransferKit.Detection;

/// <summary>
/// The same as <see cref="RoiAlign"/> on tensors, with gradients for the maps, on any device: each pixel of the result is a weighted sum of
/// pixels of the maps, so all of them together are the product of a sparse matrix and these.
/// </summary>
internal static class TorchRoiAlign
{
    /// <summary>Cuts boxes out of a pyramid.</summary>
    /// <param name="how">The result's size, and the samples.</param>
    /// <param name="maps">Images x channels x height x width each.</param>
    /// <param name="scales">Pixels of each map for one of the image.</param>
    /// <param name="boxes">The number of the image, and a box in it, in pixels.</param>
    /// <returns>Boxes x channels x size x size, in single precision.</returns>
    public static Tensor Pool(this RoiAlign how, IReadOnlyList<Tensor> maps, IReadOnlyList<float> scales, IReadOnlyList<(int Image, Box Box)> boxes)
    {
        using var scope = NewDisposeScope();
        var pixels = cat([.. maps.Select(m => m.permute(0, 2, 3, 1).flatten(0, 2))]).@float();
        int area = how.Size * how.Size;
        var (rows, columns, weights) = Weights(how, maps, scales, boxes);
        var matrix = sparse_coo_tensor(stack([tensor(rows), tensor(columns)]).to(pixels.device), tensor(weights).to(pixels.device), [(long)boxes.Count * area, pixels.shape[0]]);
        return matrix.mm(pixels).reshape(boxes.Count, area, -1).transpose(1, 2).reshape(boxes.Count, -1, how.Size, how.Size).MoveToOuterDisposeScope();
    }

    // For each pixel of the result those of the maps that are in it: its number, theirs among all, and what they count.
    private static (long[] Rows, long[] Columns, float[] Weights) Weights(RoiAlign how, IReadOnlyList<Tensor> maps, IReadOnlyList<float> scales, IReadOnlyList<(int Image, Box Box)> boxes)
    {
        var (rows, columns, weights) = (new List<long>(), new List<long>(), new List<float>());
        long[] firsts = [.. maps.Select((_, i) => maps.Take(i).Sum(m => m.shape[0] * m.shape[2] * m.shape[3]))];
        for (int i = 0; i < boxes.Count; i++)
        {
            var (image, box) = boxes[i];
            int level = PixelMap.LevelOf(box, scales);
            var (height, width) = ((int)maps[level].shape[2], (int)maps[level].shape[3]);
            long first = firsts[level] + (long)image * height * width;
            foreach (var (bin, pixel, weight) in how.Weights(box, scales[level], height, width))
            {
                rows.Add((long)i * how.Size * how.Size + bin);
                columns.Add(first + pixel);
                weights.Add(weight);
            }
        }
        return ([.. rows], [.. columns], [.. weights]);
    }
}
