using System.Diagnostics;

namespace TransferKit.Tests;

/// <summary>The small programs beside the tests, run as processes of their own.</summary>
internal static class Programs
{
    /// <summary>The repository's folder.</summary>
    public static string Root { get; } = Find();

    /// <summary>The built assembly of Tests/Programs/NAME.</summary>
    public static string Path(string name)
    {
        string configuration = AppContext.BaseDirectory.Contains($"{System.IO.Path.DirectorySeparatorChar}Release{System.IO.Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Release" : "Debug";
        return System.IO.Path.Combine(Root, "Tests", "Programs", name, "bin", configuration, "net10.0", name + ".dll");
    }

    private static string Find()
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(System.IO.Path.Combine(root, "TransferKit.sln")))
            root = System.IO.Path.GetDirectoryName(root) ?? throw new InvalidOperationException("The tests do not run from within the repository.");
        return root;
    }

    public static (int ExitCode, string Output, string Error) Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
