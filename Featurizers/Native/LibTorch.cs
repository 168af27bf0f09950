using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Security.Cryptography;
using TransferKit.Weights;

namespace TransferKit.Native;

/// <summary>
/// Loads TorchSharp's native library on systems with an older libstdc++ (Debian 12, Ubuntu 22.04, RHEL 9). libLibTorchSharp.so requires
/// GLIBCXX_3.4.32 for a symbol that is never called, so a copy in which this requirement is weak is loaded instead. The handler is
/// registered by a module initializer, which the runtime runs when any type of this assembly is first used.
/// </summary>
internal static class LibTorch
{
    /// <summary>
    /// The environment variable that names, on Linux, a folder with libtorch of the version that TorchSharp was built with, such as the
    /// folder torch/lib of PyTorch. It comes before the program's own.
    /// </summary>
    public const string FolderVariable = "TRANSFERKIT_LIBTORCH";

    private const string Library = "LibTorchSharp", Requirement = "GLIBCXX_3.4.32";

    // The libraries that the copy depends on, dependencies first. The loader does not find them, because the copy is in another folder.
    private static readonly string[] Dependencies = ["libgomp", "libc10", "libtorch_cpu", "libc10_cuda", "libtorch_cuda", "libtorch"];

#pragma warning disable CA2255 // The initializer only registers an event handler, which is called when a native library fails to load.
    [ModuleInitializer]
    internal static void Register()
    {
        if (!OperatingSystem.IsLinux())
            return;
        var context = AssemblyLoadContext.GetLoadContext(typeof(LibTorch).Assembly) ?? AssemblyLoadContext.Default;
        context.ResolvingUnmanagedDll += Resolve;
    }
#pragma warning restore CA2255

    /// <summary>Checks that the program has native libtorch.</summary>
    /// <exception cref="DllNotFoundException">There is none; the message says which package to add.</exception>
    public static void Require()
    {
        string? missing = new[] { FileName(Library), FileName("torch_cpu") }.FirstOrDefault(f => Find(f) is null);
        if (missing is not null)
        {
            string version = PackageFolders.TorchSharpVersion(typeof(LibTorch).Assembly);
            throw new DllNotFoundException("Training, the Torch engine and maps by gradients need libtorch, and this program does not " +
                $"have it ({missing} is missing). Add the package TorchSharp-cpu {version} to the program (for an NVIDIA GPU " +
                "TorchSharp-cuda-linux or TorchSharp-cuda-windows), or use what needs no libtorch: the ONNX Runtime engine, and the maps " +
                "CAM, Eigen-CAM and Score-CAM.");
        }
        // This must come before TorchSharp looks for them: where these files are in a notebook's package folders, TorchSharp would load the
        // system's own libtorch, of another version.
        if (OperatingSystem.IsLinux())
            LoadDependencies(Path.GetDirectoryName(Find(FileName("torch_cpu")))!);
    }

    private static string FileName(string library) =>
        OperatingSystem.IsWindows() ? $"{library}.dll" : OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";

    // Called only when the normal load has failed.
    private static nint Resolve(Assembly assembly, string name)
    {
        if (name != Library || Find($"lib{Library}.so") is not { } original)
            return 0;
        byte[] library = File.ReadAllBytes(original);
        if (ElfVersions.Weaken(library, Requirement) == 0)
            return 0;
        LoadDependencies(Path.GetDirectoryName(Find("libtorch_cpu.so") ?? original)!);
        return NativeLibrary.Load(WriteCopy(library));
    }

    private static void LoadDependencies(string folder)
    {
        foreach (string library in Dependencies)
            foreach (string file in Directory.GetFiles(folder).Where(f => IsNamed(Path.GetFileName(f), library)))
                NativeLibrary.Load(file);
    }

    // A file such as libgomp-98b21ff3.so.1 is the library libgomp.
    private static bool IsNamed(string file, string library) => file.Contains(".so", StringComparison.Ordinal)
        && file.Length > library.Length && file.StartsWith(library, StringComparison.Ordinal) && file[library.Length] is '.' or '-';

    private static string WriteCopy(byte[] library)
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
            // The cache folder is not writable, so a temporary folder is used.
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
            .Prepend(OperatingSystem.IsLinux() ? Environment.GetEnvironmentVariable(FolderVariable) ?? "" : "")
            .Append(AppContext.BaseDirectory).Append(Path.Combine(AppContext.BaseDirectory, "runtimes", rid, "native"))
            .Concat(PackageFolders.OfTorch(typeof(LibTorch).Assembly))
            .Where(d => d.Length > 0).Select(d => Path.Combine(d, file)).FirstOrDefault(File.Exists);
    }
}
