using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Security.Cryptography;
using TransferKit.Weights;

namespace TransferKit.Native;

/// <summary>
/// Lets TorchSharp load where its native library is newer than the system's libstdc++ (Debian 12, Ubuntu 22.04, RHEL 9).
/// libLibTorchSharp.so asks for GLIBCXX_3.4.32 for a symbol that is never called; a copy that asks weakly loads. It works from the first
/// use of any type of this assembly on: that is when the runtime runs a module initializer.
/// </summary>
internal static class LibTorch
{
    private const string Library = "LibTorchSharp", Requirement = "GLIBCXX_3.4.32";

    // What the copy needs, in the order of their own needs: it lies in another folder, so the loader would not find them.
    private static readonly string[] Needed = ["libgomp", "libc10", "libtorch_cpu", "libc10_cuda", "libtorch_cuda", "libtorch"];

#pragma warning disable CA2255 // Invisible to users on purpose: it only listens, and costs nothing unless a native library fails to load.
    [ModuleInitializer]
    internal static void Listen()
    {
        if (OperatingSystem.IsLinux())
            (AssemblyLoadContext.GetLoadContext(typeof(LibTorch).Assembly) ?? AssemblyLoadContext.Default).ResolvingUnmanagedDll += Resolve;
    }
#pragma warning restore CA2255

    /// <summary>Fails with the package to add where there is no native libtorch.</summary>
    /// <exception cref="DllNotFoundException">The program carries no native libtorch.</exception>
    public static void Require()
    {
        string file = OperatingSystem.IsWindows() ? $"{Library}.dll" : OperatingSystem.IsMacOS() ? $"lib{Library}.dylib" : $"lib{Library}.so";
        string torch = OperatingSystem.IsWindows() ? "torch_cpu.dll" : OperatingSystem.IsMacOS() ? "libtorch_cpu.dylib" : "libtorch_cpu.so";
        if (Find(file) is null || Find(torch) is null)
            throw new DllNotFoundException(
                $"The Torch engine needs libtorch, and this program does not carry it ({(Find(file) is null ? file : torch)} is missing). Add the package " +
                "TorchSharp-cpu, TorchSharp-cuda-linux or TorchSharp-cuda-windows to the program, or use what needs none: the ONNX Runtime engine, and among maps CAM, Eigen-CAM and Score-CAM.");
        // Before TorchSharp looks for them: it would take the system's own libtorch, of another version, where these lie in a notebook's package folders.
        if (OperatingSystem.IsLinux())
            LoadNeeded(Path.GetDirectoryName(Find(torch))!);
    }

    // Called only after the plain load has failed.
    private static nint Resolve(Assembly assembly, string name)
    {
        if (name != Library || Find($"lib{Library}.so") is not { } original)
            return 0;
        byte[] library = File.ReadAllBytes(original);
        if (ElfVersions.Weaken(library, Requirement) == 0)
            return 0;
        LoadNeeded(Path.GetDirectoryName(Find("libtorch_cpu.so") ?? original)!);
        return NativeLibrary.Load(Keep(library));
    }

    private static void LoadNeeded(string folder)
    {
        foreach (string needed in Needed)
            foreach (string file in Directory.GetFiles(folder).Where(f => IsNamed(Path.GetFileName(f), needed)))
                NativeLibrary.Load(file);
    }

    // libgomp-98b21ff3.so.1 is libgomp.
    private static bool IsNamed(string file, string library) =>
        file.Length > library.Length && file.StartsWith(library, StringComparison.Ordinal) && (file[library.Length] is '.' or '-') && file.Contains(".so", StringComparison.Ordinal);

    private static string Keep(byte[] library)
    {
        string name = $"lib{Library}-{Convert.ToHexStringLower(SHA256.HashData(library))[..16]}.so";
        string copy = Path.Combine(CacheFolder.Path, "native", name);
        if (File.Exists(copy))
            return copy;
        try
        {
            AtomicFile.Write(copy, stream => stream.Write(library));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A home that cannot be written to: a folder of this process's own does.
            copy = Path.Combine(Directory.CreateTempSubdirectory("transferkit-native-").FullName, name);
            File.WriteAllBytes(copy, library);
        }
        return copy;
    }

    private static string? Find(string file)
    {
        string? searched = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string;
        string rid = RuntimeInformation.RuntimeIdentifier;
        return (searched?.Split(Path.PathSeparator) ?? [])
            .Append(AppContext.BaseDirectory).Append(Path.Combine(AppContext.BaseDirectory, "runtimes", rid, "native"))
            .Concat(PackageFolders.OfTorch(typeof(LibTorch).Assembly))
            .Where(d => d.Length > 0).Select(d => Path.Combine(d, file)).FirstOrDefault(File.Exists);
    }
}
