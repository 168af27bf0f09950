using TransferKit.Images;

namespace TransferKit.Tests.Featurizers.Images;

public sealed class ImageFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Links_are_followed_and_a_link_back_ends_there()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege on Windows.");
        foreach (string file in new[] { "photos/a/1.jpg", "elsewhere/2.jpg", "elsewhere/deep/3.jpg", "photos/.hidden/4.jpg" })
            Write(file);
        Link("photos/b", "elsewhere");
        Link("photos/a/file.jpg", "elsewhere/2.jpg");
        Link("photos/a/back", "photos");
        Link("elsewhere/deep/loop", "photos/b");
        File.CreateSymbolicLink(_folder.File("photos/a/dangling.jpg"), _folder.File("nowhere.jpg"));
        string[] expected = ["a/1.jpg", "a/dangling.jpg", "a/file.jpg", "b/2.jpg", "b/deep/3.jpg"];
        Assert.Equal(expected, In("photos"));

        // The same through a link to the folder itself, and through one to a folder that contains it.
        Link("link", "photos");
        Assert.Equal(expected, In("link"));
        Directory.CreateSymbolicLink(_folder.File("root"), _folder.Root);
        Assert.Equal(expected, In("root/photos"));
    }

    private IEnumerable<string> In(string folder) =>
        ImageFiles.In(_folder.File(folder)).Select(f => Path.GetRelativePath(_folder.File(folder), f));

    private void Write(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(file))!);
        File.WriteAllText(_folder.File(file), "");
    }

    private void Link(string link, string target) => Directory.CreateSymbolicLink(_folder.File(link), _folder.File(target));
}
