using TransferKit.Detection;
using TransferKit.Images;
using TransferKit.Maps;

namespace TransferKit.Tests.Featurizers.Maps;

public class ActivationMapTests
{
    private static readonly Preprocessing Resize8Crop4 = Preprocessing.ImageNet with { Resize = 8, Crop = 4 };

    [Fact]
    public void A_map_lies_where_the_crop_was()
    {
        // An image of 32 x 16 is resized to 16 x 8. The crop takes columns 6 to 9 and rows 2 to 5: columns 12 to 19 and rows 4 to 11 of
        // the image.
        var map = MapGeometry.Spread([0, 0, 1, 0], rows: 2, width: 32, height: 16, Resize8Crop4);
        for (int y = 0; y < 16; y++)
            for (int x = 0; x < 32; x++)
                if (x < 12 || x >= 20 || y < 4 || y >= 12)
                    Assert.Equal(0, map.Values[y * 32 + x]);
        // The lower left cell has the highest value, which is constant beyond the center of the cell.
        Assert.InRange(map.Peak.X, 12, 13);
        Assert.InRange(map.Peak.Y, 10, 11);
        Assert.Equal(1, map.Values[11 * 32 + 12]);
        Assert.Equal(0, map.Values[4 * 32 + 19]);
    }

    [Fact]
    public void A_map_of_a_squashed_image_covers_all_of_it()
    {
        var squash = Resize8Crop4 with { Resize = 4, CropMode = CropMode.Squash };
        var map = MapGeometry.Spread([0, 0, 1, 0], rows: 2, width: 32, height: 16, squash);
        Assert.Equal(1, map.Values[15 * 32]);
        Assert.Equal(1, map.Values[12 * 32 + 7]);
        Assert.Equal(0, map.Values[3 * 32 + 24]);
        Assert.InRange(map.Values[8 * 32 + 8], 0.3, 0.7);
    }

    [Fact]
    public void The_box_is_around_the_largest_region()
    {
        float[] values = new float[60];
        values[0] = 1;
        foreach (int i in new[] { 23, 24, 25, 33, 34, 35, 44 })
            values[i] = 0.6f;
        var map = new ActivationMap(10, 6, values);
        Assert.Equal(new Box(3, 2, 6, 5), map.Box());
        Assert.Equal(new Box(0, 0, 1, 1), map.Box(0.9));
        Assert.Equal((0, 0), map.Peak);
        var exception = Assert.Throws<ArgumentException>(() => map.Box(2));
        Assert.StartsWith("A threshold of 2 is invalid: it must be above 0 and at most 1", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Colors_go_from_blue_to_red()
    {
        var gray = new Picture(2, 1, [100, 100, 100, 255, 100, 100, 100, 255]);
        var map = new ActivationMap(2, 1, [0, 1]);
        Assert.Equal([0, 0, 255, 255, 255, 0, 0, 255], map.Overlay(gray, opacity: 1).Pixels.ToArray());
        Assert.Equal(gray.Pixels.ToArray(), map.Overlay(gray, opacity: 0).Pixels.ToArray());
        var exception = Assert.Throws<ArgumentException>(() => map.Overlay(new Picture(1, 2, new byte[8])));
        Assert.StartsWith("The map is of an image of 2 x 1 pixels, not of 1 x 2", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Eigen_CAM_projects_onto_the_principal_component()
    {
        // Two channels are multiples of each other, the third is zero.
        float[] map = ChannelWeights.EigenCam([3, 0, 6, 4, 0, 8, 0, 0, 0], channels: 3);
        Close.Equal([5, 0, 10], map, 1e-6, "component");
    }
}
