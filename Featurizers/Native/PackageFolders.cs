using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace TransferKit.Native;

/// <summary>
/// Finds native libraries and other files in NuGet's package folder. Notebooks load assemblies from there (<c>#r "nuget:"</c> copies no
/// files): PACKAGES/transferkit.featurizers/0.1.0/lib/net10.0/TransferKit.Featurizers.dll, with native libraries in the folders of other
/// packages.
/// </summary>
internal static partial class PackageFolders
{
    /// <summary>Returns the folder of all packages that an assembly was loaded from, or null if it was loaded from elsewhere.</summary>
    public static string? Of(Assembly assembly)
    {
        var folder = assembly.Location.Length > 0 ? new FileInfo(assembly.Location).Directory : null;
        return folder?.Parent is { Name: "lib", Parent.Parent.Parent.FullName: var packages } ? packages : null;
    }

    /// <summary>
    /// Returns the folders of libtorch and of TorchSharp's native library for this system; none if the assembly is not in a package folder.
    /// </summary>
    /// <param name="assembly">An assembly that references TorchSharp.</param>
    public static IEnumerable<string> OfTorch(Assembly assembly)
    {
        if (Of(assembly) is not { } packages)
            yield break;
        string version = TorchSharpVersion(assembly);
        yield return Native(packages, "torchsharp", version);
        // The package TorchSharp-cpu of the same version names the version of libtorch.
        string nuspec = Path.Combine(packages, "torchsharp-cpu", version, "torchsharp-cpu.nuspec");
        if (File.Exists(nuspec) && LibTorchVersion().Match(File.ReadAllText(nuspec)) is { Success: true } match)
            yield return Native(packages, $"libtorch-cpu-{Rid}", match.Groups[1].Value);
    }

    /// <summary>Returns the version of the packages TorchSharp and TorchSharp-cpu that an assembly was built with.</summary>
    /// <param name="assembly">An assembly that references TorchSharp.</param>
    public static string TorchSharpVersion(Assembly assembly) =>
        assembly.GetReferencedAssemblies().First(a => a.Name == "TorchSharp").Version!.ToString(3);

    private static string Rid { get; } = $"{SystemName()}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";

    private static string SystemName() => OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";

    private static string Native(string packages, string package, string version) =>
        Path.Combine(packages, package, version, "runtimes", Rid, "native");

    [GeneratedRegex("id=\"libtorch-cpu\" version=\"([^\"]+)\"")]
    private static partial Regex LibTorchVersion();
}
