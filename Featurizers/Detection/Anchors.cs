namespace TransferKit.Detection;

/// <summary>The anchor boxes of one feature map: the same shapes around each of its pixels (Ren et al. 2015, arXiv:1506.01497).</summary>
/// <param name="Sizes">The square roots of the anchors' areas, in pixels of the image.</param>
/// <param name="AspectRatios">The ratios of height to width.</param>
public sealed record Anchors(IReadOnlyList<float> Sizes, IReadOnlyList<float> AspectRatios)
{
    /// <summary>The square roots of the anchors' areas, in pixels of the image.</summary>
    public IReadOnlyList<float> Sizes { get; init => field = EquatableList<float>.Of(value); } = EquatableList<float>.Of(Sizes);

    /// <summary>The ratios of height to width.</summary>
    public IReadOnlyList<float> AspectRatios { get; init => field = EquatableList<float>.Of(value); } =
        EquatableList<float>.Of(AspectRatios);

    /// <summary>The number of anchors around each pixel of the map.</summary>
    public int PerLocation => Sizes.Count * AspectRatios.Count;

    /// <summary>The anchors around the origin, rounded to whole pixels: all sizes of the first ratio, then those of the next.</summary>
    internal IReadOnlyList<Box> AroundOrigin() =>
    [
        .. from ratio in AspectRatios
           let height = MathF.Sqrt(ratio)
           let width = 1 / height
           from size in Sizes
           let x = MathF.Round(width * size / 2)
           let y = MathF.Round(height * size / 2)
           select new Box(-x, -y, x, y),
    ];

    /// <summary>The anchors of the whole map, row by row; those around one pixel follow each other.</summary>
    /// <param name="height">The map's height.</param>
    /// <param name="width">The map's width.</param>
    /// <param name="strideY">Image pixels from one row of the map to the next.</param>
    /// <param name="strideX">Image pixels from one column of the map to the next.</param>
    internal Box[] Grid(int height, int width, int strideY, int strideX)
    {
        var shapes = AroundOrigin();
        var boxes = new Box[height * width * shapes.Count];
        for (int i = 0; i < boxes.Length; i++)
        {
            var (pixel, shape) = (i / shapes.Count, shapes[i % shapes.Count]);
            float x = pixel % width * strideX, y = pixel / width * strideY;
            boxes[i] = new(shape.Left + x, shape.Top + y, shape.Right + x, shape.Bottom + y);
        }
        return boxes;
    }
}
