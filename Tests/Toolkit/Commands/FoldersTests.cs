using System.Globalization;
using Microsoft.ML;
using TransferKit.Toolkit;
using TransferKit.Toolkit.Commands;

namespace TransferKit.Tests.Toolkit.Commands;

public sealed class FoldersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false, "Note: stars: a class with a single image is hardly learned and is not tested. Add images of it.")]
    [InlineData(true, "Note: stars: a class with a single image is hardly learned. Add images of it.")]
    public void A_class_with_a_single_image_is_warned_of(bool withTestFolder, string note)
    {
        string photos = Drawings.Folder(_folder, each: 3);
        Drawings.Write(Path.Combine(photos, "stars", "00.jpg"), "bars", 7);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        var (output, context) = (new CommandOutput(TextWriter.Null, error, json: false), new MLContext(1));
        var all = Folders.Read(output, context, photos);
        var folder = new DirectoryInfo(photos);
        var (train, test) = Folders.TrainAndTest(output, context, folder, all, withTestFolder ? folder : null, fraction: 0.3, seed: 1);
        Assert.Contains("stars", train.Labels);
        Assert.Equal(withTestFolder, test.Labels.Contains("stars"));
        Assert.Equal(note, error.ToString().Trim());
    }
}
