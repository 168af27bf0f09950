using TransferKit.Engines;

namespace TransferKit.Tests;

/// <summary>Runs a frozen network on whole images and releases it.</summary>
internal static class FrozenRun
{
    public static float[] Of(IInferenceEngine network, float[] images)
    {
        using var _ = network;
        int count = images.Length / network.Input.Count;
        float[] results = new float[count * network.Output.Count];
        network.Run(images, count, results);
        return results;
    }
}
