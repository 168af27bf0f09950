namespace TransferKit.Training;

/// <summary>
/// Searches for a learning rate (the range test of Smith 2015, arXiv:1506.01186): the rate grows with each step until the loss diverges;
/// the rate at which the loss fell fastest is suggested.
/// </summary>
internal sealed class LearningRateFinder
{
    private const double LowestRate = 1e-6, HighestRate = 1, Smoothing = 0.9, Divergence = 4;
    private readonly List<double> _smoothedLosses = [];
    private readonly int _steps;
    private double _average;

    /// <summary>Plans a search.</summary>
    /// <param name="steps">The most steps to take, at least 10; 100 is usual.</param>
    public LearningRateFinder(int steps = 100)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 10);
        _steps = steps;
    }

    /// <summary>Returns the learning rate of a step, counted from 0.</summary>
    public double Rate(int step) => LowestRate * Math.Pow(HighestRate / LowestRate, (double)step / (_steps - 1));

    /// <summary>Adds the loss of the next step. Returns false when the search is over.</summary>
    public bool Add(double loss)
    {
        _average = Smoothing * _average + (1 - Smoothing) * loss;
        double smoothed = _average / (1 - Math.Pow(Smoothing, _smoothedLosses.Count + 1));
        if (!double.IsFinite(loss) || (_smoothedLosses.Count > 0 && smoothed > Divergence * _smoothedLosses.Min()))
            return false;
        _smoothedLosses.Add(smoothed);
        return _smoothedLosses.Count < _steps;
    }

    /// <summary>Returns the learning rate at which the loss fell fastest.</summary>
    /// <exception cref="TrainingException">The loss did not fall in enough steps before it diverged.</exception>
    public double Suggestion()
    {
        // The first steps are too noisy, and after the lowest loss the rate is too high.
        int lowest = _smoothedLosses.Count == 0 ? 0 : _smoothedLosses.IndexOf(_smoothedLosses.Min());
        int first = Math.Min(_steps / 10, lowest);
        if (lowest - first < 2)
            throw new TrainingException($"No learning rate was found: the loss did not fall in {_smoothedLosses.Count} steps with growing "
                + "rates. Set a learning rate.");
        int steepest = Enumerable.Range(first + 1, lowest - first - 1).MinBy(i => _smoothedLosses[i + 1] - _smoothedLosses[i - 1]);
        return Rate(steepest);
    }
}
