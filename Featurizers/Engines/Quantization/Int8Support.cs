using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace TransferKit.Engines.Quantization;

/// <summary>Whether the processor has instructions that multiply 8-bit integers and add the products up to 32 bits.</summary>
internal static class Int8Support
{
    /// <summary>Whether it has them: VNNI on x64, dot products on Arm.</summary>
    public static bool IsAvailable { get; } = Dp.IsSupported || (X86Base.IsSupported && HasVnni());

    // Intel's and AMD's manuals: leaf 7, bit 11 of ECX is AVX512_VNNI; leaf 7.1, bit 4 of EAX is AVX-VNNI.
    private static bool HasVnni() =>
        X86Base.CpuId(0, 0).Eax >= 7
        && ((X86Base.CpuId(7, 0).Ecx >> 11 & 1) == 1 || (X86Base.CpuId(7, 0).Eax >= 1 && (X86Base.CpuId(7, 1).Eax >> 4 & 1) == 1));
}
