using TransferKit.Graphs;

namespace TransferKit.Tests.Featurizers.Graphs;

public class WindowPartitionTests
{
    [Fact]
    public void Windows_are_neighbors_and_grids_are_spread()
    {
        Assert.Equal([0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15], new WindowPartition(2).Indices(4));
        Assert.Equal([0, 2, 8, 10, 1, 3, 9, 11, 4, 6, 12, 14, 5, 7, 13, 15], new WindowPartition(2, IsGrid: true).Indices(4));
    }

    [Fact]
    public void Padding_has_the_number_after_the_last_token() =>
        Assert.Equal([0, 1, 3, 4, 2, 9, 5, 9, 6, 7, 9, 9, 8, 9, 9, 9], new WindowPartition(2).Indices(3));

    [Fact]
    public void A_shift_joins_tokens_from_opposite_sides_which_the_mask_separates()
    {
        var partition = new WindowPartition(2, Shift: 1);
        int[] indices = partition.Indices(4);
        Assert.Equal([5, 6, 9, 10, 7, 4, 11, 8], indices[..8]);
        float[][] mask = [.. partition.Mask(4)!.Chunk(4)];
        Assert.All(mask[..4], row => Assert.Equal([0, 0, 0, 0], row));
        Assert.Equal([0, -100, 0, -100], mask[4]);
        Assert.Null(new WindowPartition(2).Mask(4));
    }

    [Theory]
    [InlineData(7, 3, 2, false)]
    [InlineData(8, 4, 0, true)]
    [InlineData(14, 8, 4, false)]
    public void Merging_reverses_the_partition(int side, int size, int shift, bool isGrid)
    {
        var partition = new WindowPartition(size, shift, isGrid);
        int[] indices = partition.Indices(side), reverse = partition.Reverse(side);
        Assert.Equal(partition.Count(side) * partition.Tokens, indices.Length);
        Assert.Equal(Enumerable.Range(0, side * side), reverse.Select(i => indices[i]));
    }

    [Fact]
    public void Relative_positions_are_those_of_torchvision() =>
        Assert.Equal([4, 3, 1, 0, 5, 4, 2, 1, 7, 6, 4, 3, 8, 7, 5, 4], new WindowPartition(2).RelativePositions());

    [Theory]
    [InlineData(3, 3, 2, false, "windows of 3 with a shift of 3 are invalid")]
    [InlineData(3, 0, 3, false, "3 heads are invalid: the number must be at least 1 and divide 4")]
    [InlineData(3, 0, 2, true, "a grid of 8 x 8 tokens cannot be divided into sets of 3 x 3")]
    public void Invalid_settings_are_refused(int size, int shift, int heads, bool isGrid, string message)
    {
        var attention = new WindowAttention(heads, new(size, shift, isGrid), WindowAttentionVariant.Swin);
        var error = Assert.Throws<ArgumentException>(() =>
            Graph.Build(g => g.Input(4, 8, 8).Add(null, new ToTokens()).Add("a", attention)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    /// <summary>As timm has it for Swin and Swin V2.</summary>
    [Theory]
    [InlineData(WindowAttentionVariant.Swin)]
    [InlineData(WindowAttentionVariant.SwinV2)]
    [InlineData(WindowAttentionVariant.MaxVit)]
    public void Only_the_weights_of_projections_decay(WindowAttentionVariant variant)
    {
        var attention = new WindowAttention(2, new(2), variant);
        string[] decaying = [$"{attention.Projection}.weight", $"{attention.Result}.weight"];
        Assert.Equal(decaying, attention.Parameters(Shape.OfTokens(16, 8)).Where(p => p is { HasWeightDecay: true, IsBuffer: false })
            .Select(p => p.Name));
    }

    [Fact]
    public void Tokens_that_form_no_square_are_refused() => Assert.Contains("6 tokens are invalid: they must form a square grid",
        Assert.Throws<ArgumentException>(() => Graph.Build(g => g.Input(4, 2, 3).Add(null, new ToTokens()).Add(null, new MergePatches())))
            .Message, StringComparison.Ordinal);
}
