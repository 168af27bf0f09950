using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers;

public sealed class FloatStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FloatStoreTests() => Environment.SetEnvironmentVariable(CacheFolder.Variable, _folder.Root);

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(CacheFolder.Variable, null);
        _folder.Dispose();
    }

    /// <summary>A row of 3 takes 12 bytes, so the limits keep none, two or all of the rows in memory.</summary>
    [Theory]
    [InlineData(0, true)]
    [InlineData(35, true)]
    [InlineData(60, false)]
    public void Rows_are_read_as_they_were_written_whatever_the_limit(long memoryBytes, bool needsFile)
    {
        using (var store = new FloatStore(3, memoryBytes))
        {
            // In any order, and from several threads.
            Parallel.For(0, 5, row => store.Write(4 - row, Row(4 - row)));
            for (int row = 0; row < 5; row++)
            {
                float[] values = new float[3];
                store.Read(row, values);
                Assert.Equal(Row(row), values);
            }
        }
        Assert.Equal(needsFile, Directory.Exists(_folder.File("activations")));
        Assert.Empty(Directory.GetFiles(_folder.Root, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_truncated_file_is_named()
    {
        string path = _folder.File("rows.bin");
        using (var store = new FloatStore(3, path, create: true))
            store.Write(0, Row(0).AsSpan(..2));
        using var truncated = new FloatStore(3, path, create: false);
        string message = Assert.Throws<EndOfStreamException>(() => truncated.Read(0, new float[3])).Message;
        Assert.Equal($"The file '{path}' is truncated: remove it, and start again.", message);
    }

    private static float[] Row(int row) => [row, row + 0.5f, -row];
}
