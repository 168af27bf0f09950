using System.Xml.Linq;

namespace TransferKit.Tests.Toolkit.Commands;

public sealed class SummaryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_network_is_drawn_as_svg()
    {
        string path = _folder.File("net.svg");
        Assert.Equal($"Drew lenet5 in {path}.", CliTests.Run("summary", "lenet5", "--out", path).Output.Trim());
        Assert.Equal("lenet5", XDocument.Load(path).Root!.Elements().First().Value);
    }

    [Fact]
    public void A_network_is_drawn_as_html_for_images_of_another_size()
    {
        string path = _folder.File("net.html");
        var result = CliTests.Json("summary", "resnet18", "--size", "64", "--out", path);
        Assert.Equal(path, result.GetProperty("out").GetString());
        Assert.Contains("layer4.1: residual block, 2 conv, output 512x2x2,", File.ReadAllText(path), StringComparison.Ordinal);
    }

    [Fact]
    public void A_drawing_that_cannot_be_written_leaves_nothing_behind()
    {
        Directory.CreateDirectory(_folder.File("net.svg"));
        Assert.Equal(1, CliTests.Run("summary", "lenet5", "--out", _folder.File("net.svg")).Code);
        Assert.Equal([_folder.File("net.svg")], Directory.GetFileSystemEntries(_folder.Root));
    }
}
