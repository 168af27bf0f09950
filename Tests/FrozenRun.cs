using TransferKit.Engines;

namespace TransferKit.Tests;

/// <summary>Runs an inference engine once on a batch of images and disposes it.</summary>
internal static class FrozenRun
{
    public static float[] Of(IInferenceEngine engine, float[] images)
    {
        using var _ = engine;
        int count = images.Length / engine.Input.Count;
        float[] results = new float[count * engine.Output.Count];
        engine.Run(images, count, results);
        return results;
    }
}
