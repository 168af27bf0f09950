using System.Diagnostics;

namespace TransferKit.Benchmarks;

/// <summary>Times contenders that take turns, so that other load on the machine affects all of them.</summary>
internal static class Turns
{
    /// <summary>Returns the median of the seconds that each takes. A first round warms them up.</summary>
    /// <param name="rounds">The number of rounds that count.</param>
    /// <param name="contenders">The contenders.</param>
    public static double[] MedianSeconds(int rounds, params Action[] contenders)
    {
        var seconds = contenders.Select(_ => new List<double>()).ToArray();
        for (int round = -1; round < rounds; round++)
            for (int i = 0; i < contenders.Length; i++)
            {
                // Threads of the contender before, which wait for work, would take the processors.
                Thread.Sleep(500);
                var clock = Stopwatch.StartNew();
                contenders[i]();
                if (round >= 0)
                    seconds[i].Add(clock.Elapsed.TotalSeconds);
            }
        return [.. seconds.Select(times => times.Order().ElementAt(rounds / 2))];
    }

    /// <summary>Returns values from -2 to 2, as normalized images have them.</summary>
    public static float[] RandomImages(int count)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 4 - 2)];
    }
}
