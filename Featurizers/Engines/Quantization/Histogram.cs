namespace TransferKit.Engines.Quantization;

/// <summary>Counts the values of a tensor, and finds the range in which 8-bit integers represent them best.</summary>
internal sealed class Histogram
{
    private const int Bins = 2048, Levels = 255, Candidates = 100;

    // Of 100,000 values this leaves out 1 at each end, as ONNX Runtime's percentile calibration does.
    private const double Percentile = 0.99999;

    private readonly long[] _counts = new long[Bins];
    // Bins cover from -limit to limit. The limit is a power of two, so that the bins of a greater limit are whole ones of this one.
    private double _limit;
    private double _min, _max;

    /// <summary>Adds values.</summary>
    public void Add(ReadOnlySpan<float> values)
    {
        float min = 0, max = 0;
        foreach (float value in values)
            (min, max) = (Math.Min(min, value), Math.Max(max, value));
        (_min, _max) = (Math.Min(_min, min), Math.Max(_max, max));
        double largest = Math.Max(-_min, _max);
        if (!(largest < float.MaxValue))
            throw new InvalidDataException("A layer gives values that are no numbers or too large, so it cannot be quantized.");
        if (largest == 0)
            return;
        if (_limit == 0)
            _limit = Math.Pow(2, Math.Ceiling(Math.Log2(largest)));
        while (largest > _limit)
            Double();
        double scale = Bins / (2 * _limit);
        foreach (float value in values)
            _counts[Math.Clamp((int)((value + _limit) * scale), 0, Bins - 1)]++;
    }

    /// <summary>Returns the range, which contains 0, by a method.</summary>
    public (double Min, double Max) Range(CalibrationMethod method) => method switch
    {
        _ when _limit == 0 => (0, 1),
        CalibrationMethod.MinMax => (_min, _max),
        CalibrationMethod.Percentile => (Math.Min(0, Quantile(1 - Percentile)), Math.Max(0, Quantile(Percentile))),
        _ => LeastSquaredError(),
    };

    private double Quantile(double fraction)
    {
        double total = _counts.Sum(), sum = 0;
        for (int bin = 0; bin < Bins; bin++)
            if ((sum += _counts[bin]) >= fraction * total)
                return Math.Clamp(Center(bin), _min, _max);
        return _max;
    }

    // Clipping the few largest values costs less than coarser steps for all others. First the upper end is chosen, then the lower one.
    private (double Min, double Max) LeastSquaredError()
    {
        double max = Parts.Select(part => _max * part).MinBy(end => SquaredError(_min, end));
        return (Parts.Select(part => _min * part).MinBy(end => SquaredError(end, max)), max);
    }

    private static IEnumerable<double> Parts => Enumerable.Range(0, Candidates).Select(i => 1 - (double)i / Candidates);

    // Rounding errors are uniform within a step; clipped values are off by their distance to the range.
    private double SquaredError(double min, double max)
    {
        if (max <= min)
            return double.PositiveInfinity;
        double step = (max - min) / Levels, rounding = step * step / 12, error = 0;
        for (int bin = 0; bin < Bins; bin++)
        {
            double center = Center(bin), distance = center < min ? min - center : center > max ? center - max : 0;
            error += _counts[bin] * (distance > 0 ? distance * distance : rounding);
        }
        return error;
    }

    private double Center(int bin) => (bin + 0.5) * 2 * _limit / Bins - _limit;

    private void Double()
    {
        long[] old = (long[])_counts.Clone();
        Array.Clear(_counts);
        for (int bin = 0; bin < Bins; bin++)
            _counts[Bins / 4 + bin / 2] += old[bin];
        _limit *= 2;
    }
}
