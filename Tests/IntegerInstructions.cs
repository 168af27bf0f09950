using TransferKit.Engines.Quantization;

namespace TransferKit.Tests;

/// <summary>The instructions for 8-bit integers, which not every processor has.</summary>
internal static class IntegerInstructions
{
    /// <summary>Skips the test where the processor has none.</summary>
    public static void Require() =>
        Assert.SkipUnless(Int8Support.IsAvailable, "This processor has no instructions for 8-bit integers (VNNI).");
}
