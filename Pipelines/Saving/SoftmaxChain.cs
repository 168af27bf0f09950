using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Transforms;

namespace TransferKit.Pipelines.Saving;

/// <summary>
/// Computes the softmax of the column <c>Score</c> by transformers that ML.NET saves: the exponential of each value, and the division by
/// their sum.
/// </summary>
internal static class SoftmaxChain
{
    // NormalizeLpNorm leaves vectors whose norm is above 1e8 as they are. Shifted scores from -60 to 30 stay below that, and above 0.
    private const int Shift = 20;

    /// <summary>Creates the estimator.</summary>
    /// <param name="context">The context.</param>
    /// <param name="outputColumnName">The column of probabilities to add.</param>
    /// <param name="scale">The factor of the scores, the inverse of the temperature.</param>
    public static IEstimator<ITransformer> Estimator(MLContext context, string outputColumnName, double scale)
    {
        string expression = string.Create(CultureInfo.InvariantCulture, $"score => exp({(float)scale} * score - {Shift})");
        return context.Transforms.Expression(outputColumnName, expression, "Score")
            .Append(context.Transforms.NormalizeLpNorm(outputColumnName, outputColumnName, LpNormNormalizingEstimatorBase.NormFunction.L1));
    }
}
