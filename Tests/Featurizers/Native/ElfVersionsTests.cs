using System.Runtime.InteropServices;
using TransferKit.Native;

namespace TransferKit.Tests.Featurizers.Native;

public class ElfVersionsTests
{
    private const string Requirement = "GLIBCXX_3.4.32";

    private static byte[] Library()
    {
        bool isPatched = OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64;
        Assert.SkipUnless(isPatched, "Only TorchSharp's library for Linux on x64 is patched.");
        return File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so"));
    }

    [Fact]
    public void A_requirement_becomes_weak_and_nothing_else_changes()
    {
        byte[] library = Library(), copy = [.. library];
        Assert.Equal(1, ElfVersions.Weaken(copy, Requirement));
        int[] changed = [.. Enumerable.Range(0, copy.Length).Where(i => copy[i] != library[i])];
        Assert.Equal(2, copy[Assert.Single(changed)]);
        Assert.Equal(0, library[changed[0]]);
    }

    [Fact]
    public void A_library_without_the_requirement_is_not_changed()
    {
        byte[] copy = Library(), before = [.. copy];
        Assert.Equal(0, ElfVersions.Weaken(copy, "GLIBCXX_9.9.9"));
        Assert.Equal(before, copy);
        ElfVersions.Weaken(copy, Requirement);
        Assert.Equal(0, ElfVersions.Weaken(copy, Requirement));
    }

    [Fact]
    public void Other_files_are_refused()
    {
        Assert.Throws<InvalidDataException>(() => ElfVersions.Weaken("MZ this is for Windows"u8.ToArray(), Requirement));
        Assert.Throws<InvalidDataException>(() => ElfVersions.Weaken(Library().AsSpan(0, 4096), Requirement));
    }

    [Fact]
    public void TorchSharp_runs_after_any_type_of_the_assembly_has_been_used()
    {
        Assert.NotEmpty(TransferKit.Backbones.Registry.All);
        using var sum = TorchSharp.torch.tensor(1f) + TorchSharp.torch.tensor(2f);
        Assert.Equal(3, sum.item<float>());
    }
}
