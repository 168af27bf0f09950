using System.Diagnostics;

namespace TransferKit.Tests;

/// <summary>Runs the small programs in Tests/Programs as processes.</summary>
internal static class Programs
{
    /// <summary>The repository's folder.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Returns the path of the built assembly of Tests/Programs/NAME.</summary>
    public static string Path(string name)
    {
        bool isRelease = AppContext.BaseDirectory.Split(System.IO.Path.DirectorySeparatorChar).Contains("Release");
        string configuration = isRelease ? "Release" : "Debug";
        return System.IO.Path.Combine(Root, "Tests", "Programs", name, "bin", configuration, "net10.0", name + ".dll");
    }

    public static (int ExitCode, string Output, string Error) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    private static string FindRoot()
    {
        string? root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(System.IO.Path.Combine(root, "TransferKit.sln")))
            root = System.IO.Path.GetDirectoryName(root);
        return root ?? throw new InvalidOperationException("The tests must run from within the repository.");
    }
}
