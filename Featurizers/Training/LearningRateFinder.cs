namespace TransferKit.Training;

/// <summary>
/// Looks for a learning rate (Smith 2015, arXiv:1506.01186): the rate grows with each step until the loss explodes; the rate at which the
/// loss fell fastest is taken.
/// </summary>
public sealed class LearningRateFinder
{
    private const double Lowest = 1e-6, Highest = 1, Memory = 0.9;
    private readonly List<double> _losses = [];
    private readonly int _steps;
    private double _mean;

    /// <summary>Plans a search.</summary>
    /// <param name="steps">How many steps it may take, 10 or more; 100 are usual.</param>
    public LearningRateFinder(int steps = 100)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 10);
        _steps = steps;
    }

    /// <summary>The rate of a step, counted from 0.</summary>
    public double Rate(int step) => Lowest * Math.Pow(Highest / Lowest, (double)step / (_steps - 1));

    /// <summary>Takes the loss of the next step; false where the search is over.</summary>
    public bool Add(double loss)
    {
        _mean = Memory * _mean + (1 - Memory) * loss;
        double smooth = _mean / (1 - Math.Pow(Memory, _losses.Count + 1));
        if (!double.IsFinite(loss) || (_losses.Count > 0 && smooth > 4 * _losses.Min()))
            return false;
        _losses.Add(smooth);
        return _losses.Count < _steps;
    }

    /// <summary>The rate at which the loss fell fastest.</summary>
    /// <exception cref="TrainingException">There were too few steps before the loss exploded.</exception>
    public double Suggestion()
    {
        // The first steps are all noise, the last are past the best.
        int lowest = _losses.Count == 0 ? 0 : _losses.IndexOf(_losses.Min());
        int from = Math.Min(_steps / 10, lowest);
        if (lowest - from < 2)
            throw new TrainingException($"The loss did not fall in {_losses.Count} steps with growing rates; give a learning rate.");
        int steepest = Enumerable.Range(from + 1, lowest - from - 1).MinBy(i => _losses[i + 1] - _losses[i - 1]);
        return Rate(steepest);
    }
}
