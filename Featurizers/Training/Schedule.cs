namespace TransferKit.Training;

/// <summary>The learning rate at each step, as a part of the highest.</summary>
/// <param name="Kind">Its course.</param>
/// <param name="Steps">All steps of the training.</param>
/// <param name="WarmUpFraction">The part of them in which it rises in a straight line; not used by <see cref="ScheduleKind.OneCycle"/>.</param>
public sealed record Schedule(ScheduleKind Kind, int Steps, double WarmUpFraction)
{
    /// <summary>The part of the highest rate for a step, counted from 0.</summary>
    public double At(int step)
    {
        double done = (double)step / Math.Max(1, Steps);
        if (Kind == ScheduleKind.OneCycle)
            return done < 0.3 ? Between(1.0 / 25, 1, done / 0.3) : Between(1, 1e-4 / 25, (done - 0.3) / 0.7);
        if (done < WarmUpFraction)
            return (step + 1) / (WarmUpFraction * Steps + 1);
        double rest = (done - WarmUpFraction) / (1 - WarmUpFraction);
        return Kind switch
        {
            ScheduleKind.Cosine => Between(1, 0, rest),
            ScheduleKind.Step => Math.Pow(0.1, Math.Floor(rest * 3)),
            ScheduleKind.Constant => 1,
            _ => throw new NotSupportedException($"There is no schedule {Kind}."),
        };
    }

    private static double Between(double from, double to, double part) => to + (from - to) * (1 + Math.Cos(Math.PI * part)) / 2;
}
