using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace TransferKit.Native;

/// <summary>
/// NuGet's folder of packages, in which notebooks leave each package's files (<c>#r "nuget:"</c> copies nothing together):
/// PACKAGES/transferkit.featurizers/0.1.0/lib/net10.0/TransferKit.Featurizers.dll, and native libraries in folders beside it.
/// </summary>
internal static partial class PackageFolders
{
    /// <summary>The folders with libtorch and with TorchSharp's library for this system; none where an assembly does not lie in a package.</summary>
    public static IEnumerable<string> OfTorch(Assembly assembly)
    {
        var folder = assembly.Location.Length > 0 ? new FileInfo(assembly.Location).Directory : null;
        if (folder?.Parent is not { Name: "lib", Parent.Parent.Parent.FullName: var packages })
            yield break;
        string version = assembly.GetReferencedAssemblies().First(a => a.Name == "TorchSharp").Version!.ToString(3);
        yield return Native(packages, "torchsharp", version);
        // Which libtorch it was built for, its companion package knows.
        string companion = Path.Combine(packages, "torchsharp-cpu", version, "torchsharp-cpu.nuspec");
        if (File.Exists(companion) && LibTorchVersion().Match(File.ReadAllText(companion)) is { Success: true } match)
            yield return Native(packages, $"libtorch-cpu-{Rid}", match.Groups[1].Value);
    }

    private static string Rid { get; } =
        $"{(OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux")}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";

    private static string Native(string packages, string package, string version) => Path.Combine(packages, package, version, "runtimes", Rid, "native");

    [GeneratedRegex("id=\"libtorch-cpu\" version=\"([^\"]+)\"")]
    private static partial Regex LibTorchVersion();
}
