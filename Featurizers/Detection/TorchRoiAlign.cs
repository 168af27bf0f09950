using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TransferKit.Detection;

/// <summary>The same as <see cref="RoiAlign"/> on tensors, with gradients for the maps, on any device.</summary>
internal static class TorchRoiAlign
{
    /// <summary>Cuts boxes out of a pyramid.</summary>
    /// <param name="how">The result's size, and the samples.</param>
    /// <param name="maps">Images x channels x height x width each.</param>
    /// <param name="scales">Pixels of each map for one of the image.</param>
    /// <param name="boxes">The number of the image, and a box within it, in pixels.</param>
    /// <returns>Boxes x channels x size x size.</returns>
    public static Tensor Pool(this RoiAlign how, IReadOnlyList<Tensor> maps, IReadOnlyList<float> scales, IReadOnlyList<(int Image, Box Box)> boxes)
    {
        using var scope = NewDisposeScope();
        var order = new List<long>();
        var parts = new List<Tensor>();
        // What has as many samples in one map is sampled in one go: with a fixed number of samples, that is all boxes of an image in a level.
        var places = boxes.Select((b, i) => (Position: (long)i, b.Image, Level: PixelMap.LevelOf(b.Box, scales), b.Box))
            .Select(b => (b.Position, b.Image, b.Level, X: how.Places(b.Box.Left, b.Box.Right, scales[b.Level]), Y: how.Places(b.Box.Top, b.Box.Bottom, scales[b.Level])));
        foreach (var group in places.GroupBy(b => (b.Image, b.Level, X: b.X.PerBin, Y: b.Y.PerBin)))
        {
            var map = maps[group.Key.Level];
            var points = Grid([.. group.Select(b => (b.X.Places, b.Y.Places))], map).to(map.device).to(map.dtype);
            // Beyond the outermost pixels' centres the outermost pixels go on, but a whole pixel further there is nothing.
            var samples = F.grid_sample(map.narrow(0, group.Key.Image, 1), points, GridSampleMode.Bilinear, GridSamplePaddingMode.Border, align_corners: false)
                * Inside([.. group.Select(b => (b.X.Places, b.Y.Places))], map).to(map.device).to(map.dtype);
            var bins = F.avg_pool2d(samples, kernel_size: [group.Key.Y, group.Key.X]);
            parts.Add(bins.reshape(map.shape[1], -1, how.Size, how.Size).transpose(0, 1));
            order.AddRange(group.Select(b => b.Position));
        }
        if (parts.Count == 0)
            return zeros([0, maps[0].shape[1], how.Size, how.Size], maps[0].dtype, maps[0].device).MoveToOuterDisposeScope();
        var back = tensor(order).argsort().to(maps[0].device);
        return cat(parts).index_select(0, back).MoveToOuterDisposeScope();
    }

    // Sampling points as pairs of x and y, from -1 at the left or upper edge of the map to 1 at the other.
    private static Tensor Grid((float[] X, float[] Y)[] boxes, Tensor map)
    {
        var (height, width) = (map.shape[2], map.shape[3]);
        float[] points = [.. from box in boxes from y in box.Y from x in box.X from p in new[] { (2 * x + 1) / width - 1, (2 * y + 1) / height - 1 } select p];
        return tensor(points, [1, boxes.Sum(b => b.Y.Length), boxes[0].X.Length, 2]);
    }

    // 1 where a point is at most a pixel outside of the map, else 0.
    private static Tensor Inside((float[] X, float[] Y)[] boxes, Tensor map)
    {
        var (height, width) = (map.shape[2], map.shape[3]);
        float[] inside = [.. from box in boxes from y in box.Y from x in box.X select x >= -1 && x <= width && y >= -1 && y <= height ? 1f : 0f];
        return tensor(inside, [1, 1, boxes.Sum(b => b.Y.Length), boxes[0].X.Length]);
    }
}
