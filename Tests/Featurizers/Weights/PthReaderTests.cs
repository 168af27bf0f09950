using System.IO.Compression;
using System.Text;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Weights;

/// <summary>Reads files that Reference/make_pth.py wrote with PyTorch, and broken copies of them.</summary>
public sealed class PthReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string File(string name) => ReferenceFile.Path("pth", name);

    [Theory]
    [InlineData("good-zip.pth", "good.json")]
    [InlineData("good-stacked.pth", "good.json")]
    [InlineData("wrapped.pth", "good.json")]
    [InlineData("script.pt", "script.json")]
    public void Tensors_equal_those_that_PyTorch_saved(string name, string values)
    {
        using var good = ReferenceFile.Json("pth", values);
        using var state = PthReader.Read(File(name));
        Assert.Equal(good.RootElement.EnumerateObject().Select(p => p.Name), state.Keys);
        foreach (var expected in good.RootElement.EnumerateObject())
        {
            var tensor = state[expected.Name];
            Assert.Equal(expected.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt32()), tensor.Dimensions);
            float[] numbers = [.. expected.Value.GetProperty("values").EnumerateArray().Select(v => (float)v.GetDouble())];
            Assert.Equal(numbers, tensor.Floats().ToArray());
        }
    }

    [Fact]
    public void Views_of_one_storage_share_its_memory()
    {
        using var state = PthReader.Read(File("good-zip.pth"));
        Assert.True(state["float"].Bytes.Span.Slice(24, 24).Overlaps(state["part"].Bytes.Span));
    }

    [Theory]
    [InlineData("system.pth", "'posix.system'")]
    [InlineData("eval.pth", "builtin")]
    [InlineData("module.pth", "torch.nn.modules")]
    public void A_pickle_that_refers_to_other_objects_is_refused_and_nothing_runs(string name, string reference)
    {
        string witness = Path.Combine(Path.GetTempPath(), "transferkit-was-here");
        System.IO.File.Delete(witness);
        var error = Assert.Throws<InvalidDataException>(() => PthReader.Read(File(name)));
        Assert.Contains(reference, error.Message, StringComparison.Ordinal);
        Assert.Contains("refused and nothing was run", error.Message, StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(witness));
    }

    [Fact]
    public void A_zip_bomb_is_refused()
    {
        var error = Assert.Throws<InvalidDataException>(() => PthReader.Read(File("bomb.pth")));
        Assert.Contains("torch.save stores them as they are", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("good-zip.pth")]
    [InlineData("good-stacked.pth")]
    [InlineData("script.pt")]
    public void A_truncated_file_gives_one_clear_error_wherever_it_ends(string name)
    {
        byte[] whole = System.IO.File.ReadAllBytes(File(name));
        for (int length = 0; length < whole.Length; length += length < 64 ? 1 : 37)
        {
            string path = _folder.File($"{length}.pth");
            System.IO.File.WriteAllBytes(path, whole[..length]);
            Assert.Contains(path, Assert.Throws<InvalidDataException>(() => PthReader.Read(path)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("good-zip.pth")]
    [InlineData("good-stacked.pth")]
    [InlineData("script.pt")]
    public void A_changed_byte_gives_tensors_or_one_clear_error(string name)
    {
        byte[] whole = System.IO.File.ReadAllBytes(File(name));
        var random = new Random(7);
        string path = _folder.File("changed.pth");
        for (int i = 0; i < 1500; i++)
        {
            byte[] changed = [.. whole];
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
            System.IO.File.WriteAllBytes(path, changed);
            try
            {
                PthReader.Read(path).Dispose();
            }
            catch (InvalidDataException e)
            {
                Assert.Contains(path, e.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void A_shape_larger_than_its_storage_is_refused()
    {
        // The size (2, 3, 4) of the first tensor becomes (2, 3, 200).
        byte[] changed = System.IO.File.ReadAllBytes(File("good-stacked.pth"));
        int index = changed.AsSpan().IndexOf("K\x02K\x03K\x04"u8);
        changed[index + 5] = 200;
        string path = _folder.File("shape.pth");
        System.IO.File.WriteAllBytes(path, changed);
        var error = Assert.Throws<InvalidDataException>(() => PthReader.Read(path));
        Assert.Contains("tensor 'float': the shape 2x3x200 needs more than the 24 elements of its storage", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_archive_of_TorchScript_that_cannot_be_read_says_what_to_do()
    {
        string path = WriteScript("\u0080\u0002c__torch__.m\nM\n)\x81}X\x01\0\0\0wctorch\nIntStorage\nsb.");
        string message = Assert.Throws<InvalidDataException>(() => Checkpoint.Read(path)).Message;
        Assert.Contains("it is an archive of TorchScript", message, StringComparison.Ordinal);
        Assert.Contains("'torch.IntStorage'", message, StringComparison.Ordinal);
        Assert.Contains("torch.save(torch.jit.load('FILE', map_location='cpu').state_dict(), 'weights.pth')", message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Modules_that_contain_themselves_or_are_nested_without_end_do_no_harm()
    {
        const string Module = "c__torch__.m\nM\n)\x81", Attribute = "}X\x01\0\0\0a";
        using (var state = Checkpoint.Read(WriteScript($"\x80\x02{Module}q\0{Attribute}h\0sb.")))
            Assert.Empty(state);
        string nested = string.Concat(Enumerable.Repeat(Module + Attribute, 100_000));
        string path = WriteScript($"\x80\x02{nested}N{string.Concat(Enumerable.Repeat("sb", 100_000))}.");
        Assert.Contains("nested more than 64 deep", Assert.Throws<InvalidDataException>(() => Checkpoint.Read(path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Objects_of_other_classes_are_not_created()
    {
        string path = WriteScript("\u0080\u0002ccollections\nOrderedDict\n)\x81.");
        Assert.Contains("it creates an object of 'collections.OrderedDict'",
            Assert.Throws<InvalidDataException>(() => Checkpoint.Read(path)).Message, StringComparison.Ordinal);
    }

    private string WriteScript(string pickle)
    {
        string path = _folder.File("script.pt");
        System.IO.File.Delete(path);
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (var (name, content) in new[] { ("script/data.pkl", pickle), ("script/code/__torch__/m.py", "class M(Module):") })
        {
            using var stream = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
            stream.Write(Encoding.Latin1.GetBytes(content));
        }
        return path;
    }

    [Theory]
    [InlineData("")]
    [InlineData("PK")]
    [InlineData("this is a text file and no checkpoint")]
    public void Other_files_are_refused(string content)
    {
        string path = _folder.File("else.pth");
        System.IO.File.WriteAllBytes(path, Encoding.ASCII.GetBytes(content));
        Assert.Contains(path, Assert.Throws<InvalidDataException>(() => Checkpoint.Read(path)).Message, StringComparison.Ordinal);
    }
}
