namespace TransferKit.Training;

/// <summary>A learning-rate schedule.</summary>
/// <param name="Kind">The kind of schedule.</param>
/// <param name="Steps">The number of all steps.</param>
/// <param name="WarmUpFraction">The fraction of the steps in which the rate rises linearly; not used by
/// <see cref="ScheduleKind.OneCycle"/>.</param>
internal sealed record Schedule(ScheduleKind Kind, int Steps, double WarmUpFraction)
{
    /// <summary>Returns the learning rate of a step, counted from 0, as a fraction of the highest learning rate.</summary>
    public double Factor(int step)
    {
        double done = (double)step / Math.Max(1, Steps);
        if (Kind == ScheduleKind.OneCycle)
            return done < 0.3 ? Cosine(1.0 / 25, 1, done / 0.3) : Cosine(1, 1e-4 / 25, (done - 0.3) / 0.7);
        if (done < WarmUpFraction)
            return (step + 1) / (WarmUpFraction * Steps + 1);
        double doneAfterWarmUp = (done - WarmUpFraction) / (1 - WarmUpFraction);
        return Kind switch
        {
            ScheduleKind.Cosine => Cosine(1, 0, doneAfterWarmUp),
            ScheduleKind.Step => Math.Pow(0.1, Math.Floor(doneAfterWarmUp * 3)),
            ScheduleKind.Constant => 1,
            _ => throw new NotSupportedException($"The schedule {Kind} is not supported."),
        };
    }

    private static double Cosine(double start, double end, double fraction) => end + (start - end) * (1 + Math.Cos(Math.PI * fraction)) / 2;
}
