using System.Diagnostics;

namespace TransferKit.Tests;

/// <summary>The small programs beside the tests, run as processes of their own.</summary>
internal static class Programs
{
    /// <summary>The built assembly of Tests/Programs/NAME.</summary>
    public static string Path(string name)
    {
        string root = AppContext.BaseDirectory;
        string configuration = root.Contains($"{System.IO.Path.DirectorySeparatorChar}Release{System.IO.Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Release" : "Debug";
        while (!File.Exists(System.IO.Path.Combine(root, "TransferKit.sln")))
            root = System.IO.Path.GetDirectoryName(root) ?? throw new InvalidOperationException("The tests do not run from within the repository.");
        return System.IO.Path.Combine(root, "Tests", "Programs", name, "bin", configuration, "net10.0", name + ".dll");
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
