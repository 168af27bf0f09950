namespace TransferKit.Tests;

/// <summary>Photographs and third-party weights, which are not part of the repository: a folder `shared` beside it, or TRANSFERKIT_TEST_DATA.</summary>
internal static class RealData
{
    private static readonly string Folder = Find();

    /// <summary>A file or folder under shared; the test is skipped where it is absent.</summary>
    public static string Path(string name)
    {
        string path = System.IO.Path.Combine(Folder, name);
        Assert.SkipUnless(File.Exists(path) || Directory.Exists(path), $"Needs shared/{name}, which is not part of the repository.");
        return path;
    }

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable("TRANSFERKIT_TEST_DATA") is { Length: > 0 } folder)
            return folder;
        return System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Programs.Root)!, "shared");
    }
}
