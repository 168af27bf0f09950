namespace TransferKit.Tests;

/// <summary>Photographs and third-party weights, which are not part of the repository: a folder `shared` beside it, or TRANSFERKIT_TEST_DATA.</summary>
internal static class RealData
{
    private static readonly string? Folder = Find();

    /// <summary>A file or folder under shared/data; the test is skipped where it is absent.</summary>
    public static string Path(string name)
    {
        string? path = Folder is null ? null : System.IO.Path.Combine(Folder, name);
        Assert.SkipUnless(path is not null && (File.Exists(path) || Directory.Exists(path)), $"Needs shared/{name}, which is not part of the repository.");
        return path!;
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("TRANSFERKIT_TEST_DATA") is { Length: > 0 } folder)
            return folder;
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(System.IO.Path.Combine(at.FullName, "TransferKit.sln")))
                return System.IO.Path.Combine(at.Parent!.FullName, "shared");
        return null;
    }
}
