namespace TransferKit.Weights;

/// <summary>Where downloaded weights and other files that can be made again are kept.</summary>
public static class CacheFolder
{
    /// <summary>The environment variable that says where the folder is.</summary>
    public const string Variable = "TRANSFERKIT_HOME";

    /// <summary><c>TRANSFERKIT_HOME</c>, else <c>transferkit</c> in the platform's cache directory.</summary>
    public static string Path
    {
        get
        {
            if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } home)
                return System.IO.Path.GetFullPath(home);
            string user = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            string cache = OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                : OperatingSystem.IsMacOS() ? System.IO.Path.Combine(user, "Library", "Caches")
                : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg ? xdg
                : System.IO.Path.Combine(user, ".cache");
            return System.IO.Path.Combine(cache, "transferkit");
        }
    }
}
