using Microsoft.ML;
using Microsoft.ML.Data;
using SkiaSharp;
using TransferKit.Images;
using TransferKit.Pipelines.Data;

namespace TransferKit.Tests.Pipelines.Data;

public sealed class ImageFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _context = new(1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Labels_are_the_sub_folders_and_what_is_no_image_is_left_out_by_name()
    {
        string root = Drawings.Folder(_folder, each: 3);
        File.WriteAllText(Path.Combine(root, "bars", "notes.txt"), "not an image");
        File.WriteAllBytes(Path.Combine(root, "discs", "cut.jpg"), File.ReadAllBytes(Path.Combine(root, "discs", "00.jpg"))[..700]);
        File.WriteAllText(Path.Combine(root, "bars", ".DS_Store"), "");
        Drawings.Write(Path.Combine(root, "stray.jpg"), "bars", 0);
        Drawings.Write(Path.Combine(root, "bars", "really.jpg"), "bars", 1, SKEncodedImageFormat.Png);
        // The smallest GIF there is: one transparent pixel.
        File.WriteAllBytes(Path.Combine(root, "discs", "dot.gif"), Convert.FromBase64String("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"));

        var photos = _context.Data.LoadImagesFromFolder(root);
        Assert.Equal(["bars", "bars", "bars", "bars", "discs", "discs", "discs", "discs"], photos.GetColumn<string>("Label"));
        Assert.Equal(photos.Images.Select(i => i.ImagePath), photos.GetColumn<string>("ImagePath"));
        Assert.Equal(["notes.txt: not an image (JPEG, PNG, WebP, BMP or GIF is read).", "cut.jpg: the JPEG is truncated.", "stray.jpg: lies in no sub-folder and so has no label."],
            photos.Skipped.Select(s => s.Text[(s.Text.IndexOf(Path.GetFileName(s.File), StringComparison.Ordinal))..]));
        Assert.Equal(["really.jpg: named .jpg but is a PNG; read as what it is.", "dot.gif: a GIF; its first frame is used."],
            photos.Remarks.Select(r => Path.GetFileName(r.File) + r.Text[r.File.Length..]));

        string refused = Assert.Throws<ImageFormatException>(() => _context.Data.LoadImagesFromFolder(root, new() { Unreadable = UnreadableImages.Refuse })).Message;
        Assert.StartsWith("3 of 11 files", refused, StringComparison.Ordinal);
        Assert.Contains("notes.txt", refused, StringComparison.Ordinal);
    }

    [Fact]
    public void A_split_keeps_each_labels_share_and_repeats_by_seed()
    {
        string root = Drawings.Folder(_folder, each: 10);
        foreach (string extra in Directory.GetFiles(Path.Combine(root, "bars")).Skip(5))
            File.Delete(extra);
        var photos = _context.Data.LoadImagesFromFolder(root);
        var (train, test) = photos.Split(0.2, seed: 4);
        Assert.Equal([("bars", 1), ("discs", 2)], test.Images.GroupBy(i => i.Label).Select(g => (g.Key, g.Count())));
        Assert.Equal(photos.Images, train.Images.Concat(test.Images).OrderBy(i => i.ImagePath, StringComparer.Ordinal));
        Assert.Equal(test.Images, photos.Split(0.2, seed: 4).Test.Images);
        Assert.NotEqual(test.Images, photos.Split(0.2, seed: 5).Test.Images);
        Assert.Throws<ArgumentOutOfRangeException>(() => photos.Split(1));
    }

    [Fact]
    public void A_missing_or_empty_folder_says_so()
    {
        Assert.Throws<DirectoryNotFoundException>(() => _context.Data.LoadImagesFromFolder(_folder.File("nowhere")));
        Assert.Contains("each class's images belong into a sub-folder", Assert.Throws<ImageFormatException>(() => _context.Data.LoadImagesFromFolder(_folder.Root)).Message, StringComparison.Ordinal);
    }
}
