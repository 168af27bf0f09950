namespace TransferKit.Tests;

/// <summary>
/// Photos and weights of third parties, which are not part of the repository: in the folder <c>shared</c> beside it, or in the folder that
/// the environment variable TRANSFERKIT_TEST_DATA names.
/// </summary>
internal static class RealData
{
    private static readonly string Folder = FindFolder();

    /// <summary>Returns the path of a file or folder under shared; the test is skipped if it does not exist.</summary>
    public static string Path(string name)
    {
        string path = System.IO.Path.Combine(Folder, name);
        Assert.SkipUnless(System.IO.Path.Exists(path), $"Needs shared/{name}, which is not part of the repository.");
        return path;
    }

    private static string FindFolder() => Environment.GetEnvironmentVariable("TRANSFERKIT_TEST_DATA") is { Length: > 0 } folder
        ? folder
        : System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Programs.Root)!, "shared");
}
