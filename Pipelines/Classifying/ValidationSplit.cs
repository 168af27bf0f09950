using System.Globalization;
using Microsoft.ML;
using TransferKit.Pipelines.Data;

namespace TransferKit.Pipelines.Classifying;

/// <summary>The validation images of a trainer: those of a view of its own, or a fraction of the training images.</summary>
internal static class ValidationSplit
{
    /// <summary>Checks the fraction of the images that are held out for validation.</summary>
    /// <exception cref="ArgumentException">The fraction is invalid.</exception>
    public static void Validate(double fraction)
    {
        if (fraction is not (>= 0 and < 1))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"A validation fraction of {fraction} is invalid: it must be at least 0 and below 1 (0.1 is a good start)."));
    }

    /// <summary>Returns the training and the validation examples.</summary>
    /// <param name="examples">The examples of the training view.</param>
    /// <param name="validationSet">The validation view, or null to hold out a fraction of the examples.</param>
    /// <param name="read">Reads the examples of the validation view.</param>
    /// <param name="label">The label that keeps its share in both parts.</param>
    /// <param name="fraction">The fraction of the examples of each label that is held out.</param>
    /// <param name="seed">The random seed of the choice.</param>
    public static (List<T> Train, List<T> Validation) Split<T>(List<T> examples, IDataView? validationSet, Func<IDataView, List<T>> read,
        Func<T, int> label, double fraction, int seed) =>
        validationSet is null ? Stratified.Split(examples, label, fraction, seed) : (examples, read(validationSet));
}
