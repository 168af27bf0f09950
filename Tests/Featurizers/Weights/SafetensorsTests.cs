using System.Buffers.Binary;
using System.Text;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Weights;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Written_tensors_are_read_again()
    {
        string path = _folder.File("round.safetensors");
        var state = new StateDict
        {
            ["a.weight"] = TensorData.From([1, -2, 3.5f, 4, 5, 6], 2, 3),
            ["a.count"] = new TensorData(ElementType.Int64, [], BitConverter.GetBytes(42L)),
            ["half"] = new TensorData(ElementType.Float16, [2], new byte[] { 0x00, 0x3c, 0x00, 0xc0 }),
            ["bfloat"] = new TensorData(ElementType.BFloat16, [1], new byte[] { 0x40, 0x40 }),
            ["empty"] = TensorData.From([], 0, 4),
        };
        Safetensors.Write(path, state);
        using (var read = Checkpoint.Read(path))
        {
            Assert.Equal(state.Keys.Order(StringComparer.Ordinal), read.Keys.Order(StringComparer.Ordinal));
            Assert.Equal([1, -2, 3.5f, 4, 5, 6], read["a.weight"].Floats().ToArray());
            Assert.Equal([2, 3], read["a.weight"].Dimensions);
            Assert.Equal([42f], read["a.count"].Floats().ToArray());
            Assert.Equal([1f, -2f], read["half"].Floats().ToArray());
            Assert.Equal([3f], read["bfloat"].Floats().ToArray());
            Assert.Equal(0, read["empty"].Count);
        }
        Assert.Equal(path, Assert.Single(Directory.GetFiles(_folder.Root)));
    }

    [Theory]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 7,
        "is at 0 to 8, but must begin at 0 and end at 7 at most")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 9, "1 bytes belong to no tensor")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8, "takes 12 bytes, not 8")]
    [InlineData("{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8, "'F64' is not supported")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,8]}}", 8, "well-formed")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[65536,65536],\"data_offsets\":[0,8]}}", 8, "well-formed")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":\"no\",\"data_offsets\":[0,8]}}", 8, "well-formed")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4, "must be two numbers")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[-2,-2],\"data_offsets\":[0,16]}}", 16, "negative dimension")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}," +
        "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "is defined twice")]
    [InlineData("{\"a\":[]}", 0, "well-formed")]
    [InlineData("[1]", 0, "well-formed")]
    [InlineData("{", 0, "well-formed")]
    public void A_malformed_file_gives_one_clear_error(string header, int dataLength, string reason)
    {
        string path = _folder.File("bad.safetensors");
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        File.WriteAllBytes(path, [.. length, .. Encoding.UTF8.GetBytes(header), .. new byte[dataLength]]);
        string message = Assert.Throws<InvalidDataException>(() => Safetensors.Read(path)).Message;
        Assert.Contains(reason, message, StringComparison.Ordinal);
        Assert.Contains(path, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_longer_than_the_file_is_refused()
    {
        string path = _folder.File("bad.safetensors");
        File.WriteAllBytes(path, [255, 255, 255, 255, 255, 255, 255, 127, 1]);
        var error = Assert.Throws<InvalidDataException>(() => Safetensors.Read(path));
        Assert.Contains("in a file of 9", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_symbolic_link_is_followed()
    {
        Safetensors.Write(_folder.File("real.safetensors"), new StateDict { ["a"] = TensorData.From([1, 2], 2) });
        File.CreateSymbolicLink(_folder.File("link.safetensors"), _folder.File("real.safetensors"));
        using var state = Checkpoint.Read(_folder.File("link.safetensors"));
        Assert.Equal([1f, 2f], state["a"].Floats().ToArray());
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file_unchanged()
    {
        string path = _folder.File("kept.bin");
        File.WriteAllText(path, "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.WriteByte(1);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(_folder.Root));
    }
}
