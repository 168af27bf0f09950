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
    public void Labels_are_the_sub_folders_and_unreadable_files_are_named()
    {
        string root = Drawings.Folder(_folder, each: 3);
        File.WriteAllText(Path.Combine(root, "bars", "notes.txt"), "not an image");
        File.WriteAllBytes(Path.Combine(root, "discs", "cut.jpg"), File.ReadAllBytes(Path.Combine(root, "discs", "00.jpg"))[..700]);
        File.WriteAllText(Path.Combine(root, "bars", ".DS_Store"), "");
        Drawings.Write(Path.Combine(root, "stray.jpg"), "bars", 0);
        Drawings.Write(Path.Combine(root, "bars", "really.jpg"), "bars", 1, SKEncodedImageFormat.Png);
        // A GIF of one transparent pixel.
        byte[] gif = Convert.FromBase64String("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7");
        File.WriteAllBytes(Path.Combine(root, "discs", "dot.gif"), gif);

        var photos = _context.Data.LoadImagesFromFolder(root);
        Assert.Equal(["bars", "bars", "bars", "bars", "discs", "discs", "discs", "discs"], photos.GetColumn<string>("Label"));
        Assert.Equal(photos.Images.Select(i => i.ImagePath), photos.GetColumn<string>("ImagePath"));
        string[] skipped =
        [
            "notes.txt: not an image (JPEG, PNG, WebP, BMP or GIF is read).",
            "cut.jpg: the JPEG is truncated.",
            "stray.jpg: it is in no subfolder and therefore has no label.",
        ];
        Assert.Equal(skipped, photos.Skipped.Select(WithoutFolder));
        string[] remarks =
            ["really.jpg: named .jpg, but read as PNG because of its content.", "dot.gif: a GIF, of which the first frame is used."];
        Assert.Equal(remarks, photos.Remarks.Select(WithoutFolder));

        var options = new ImageFolderOptions { Unreadable = UnreadableImages.Refuse };
        string refused = Assert.Throws<ImageFormatException>(() => _context.Data.LoadImagesFromFolder(root, options)).Message;
        Assert.StartsWith("3 of 11 files", refused, StringComparison.Ordinal);
        Assert.Contains("notes.txt", refused, StringComparison.Ordinal);

        static string WithoutFolder(FileRemark remark)
        {
            Assert.StartsWith(remark.File, remark.Text, StringComparison.Ordinal);
            return Path.GetFileName(remark.File) + remark.Text[remark.File.Length..];
        }
    }

    [Fact]
    public void A_split_is_stratified_and_reproducible()
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
        var invalid = Assert.Throws<ArgumentOutOfRangeException>(() => photos.Split(1.5));
        Assert.StartsWith("A test fraction of 1.5 is invalid: it must be above 0 and below 1 (0.2 is usual).", invalid.Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => photos.Split(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => photos.Split(0));
    }

    [Fact]
    public void A_missing_or_empty_folder_is_refused()
    {
        Assert.Throws<DirectoryNotFoundException>(() => _context.Data.LoadImagesFromFolder(_folder.File("nowhere")));
        var empty = Assert.Throws<ImageFormatException>(() => _context.Data.LoadImagesFromFolder(_folder.Root));
        Assert.EndsWith("Put each class's images in a subfolder named after it.", empty.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_in_deeper_folders_are_labeled_by_the_class_and_remarked_on_once()
    {
        string root = Drawings.Folder(_folder, each: 2);
        Drawings.Folder(_folder, each: 3, "photos/bars/2026");
        var photos = _context.Data.LoadImagesFromFolder(root);
        Assert.Equal([("bars", 8), ("discs", 2)], photos.Images.CountBy(i => i.Label).Select(c => (c.Key, c.Value)));
        string deeper = Path.Combine(root, "bars", "2026", "bars");
        Assert.Equal([$"{deeper}: 6 images lie in subfolders of a class's folder, as here; they are images of that class, here 'bars'."],
            photos.Remarks.Select(r => r.Text));
    }

    [Theory]
    [InlineData("set", "set/test,set/train", "set/train")]
    [InlineData("set", "set/Testing,set/Training", "set/Training")]
    [InlineData("set", "set/val", "set/val")]
    [InlineData("set", "set/unpacked", "set/unpacked")]
    public void Folders_that_hold_the_folders_of_classes_are_not_taken_for_classes(string root, string parts, string suggested)
    {
        foreach (string part in parts.Split(','))
            Drawings.Folder(_folder, each: 1, part);
        var refused = Assert.Throws<ImageFormatException>(() => _context.Data.LoadImagesFromFolder(_folder.File(root)));
        string names = string.Join(", ", parts.Split(',').Select(Path.GetFileName));
        Assert.Equal($"'{_folder.File(root)}' has no folders of classes, but folders that hold them: {names}. "
            + $"Use '{_folder.File(suggested)}' instead.", refused.Message);
        Assert.Equal(["bars", "discs"], _context.Data.LoadImagesFromFolder(_folder.File(suggested)).Labels);
    }

    [Fact]
    public void Classes_whose_images_are_all_in_deeper_folders_are_accepted()
    {
        Drawings.Folder(_folder, each: 1, "photos/roses");
        Drawings.Folder(_folder, each: 1, "photos/tulips");
        Assert.Equal(["roses", "tulips"], _context.Data.LoadImagesFromFolder(_folder.File("photos")).Labels);
    }

    [Fact]
    public void Loading_can_be_canceled()
    {
        string root = Drawings.Folder(_folder, each: 3);
        var canceled = new CancellationToken(canceled: true);
        Assert.ThrowsAny<OperationCanceledException>(() => _context.Data.LoadImagesFromFolder(root, cancellationToken: canceled));
    }
}
