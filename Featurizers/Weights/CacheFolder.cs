namespace TransferKit.Weights;

/// <summary>The folder for downloaded weights and for other files that can be made again.</summary>
public static class CacheFolder
{
    /// <summary>The name of the environment variable that chooses another folder.</summary>
    public const string Variable = "TRANSFERKIT_HOME";

    /// <summary>The folder: <c>TRANSFERKIT_HOME</c> if it is set, otherwise <c>transferkit</c> in the platform's cache folder.</summary>
    public static string Path
    {
        get
        {
            string? home = Environment.GetEnvironmentVariable(Variable);
            return string.IsNullOrEmpty(home) ? System.IO.Path.Combine(PlatformCache(), "transferkit") : System.IO.Path.GetFullPath(home);
        }
    }

    private static string PlatformCache()
    {
        if (OperatingSystem.IsWindows())
            return Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        string user = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (OperatingSystem.IsMacOS())
            return System.IO.Path.Combine(user, "Library", "Caches");
        string? xdg = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        return string.IsNullOrEmpty(xdg) ? System.IO.Path.Combine(user, ".cache") : xdg;
    }
}
