namespace TransferKit.Pipelines.Evaluating;

/// <summary>Precision, recall and F1 of one class.</summary>
/// <param name="Label">The class's label.</param>
/// <param name="Correct">How many of its images were predicted correctly (true positives).</param>
/// <param name="Total">How many images it has.</param>
/// <param name="Predicted">How many images of any class were predicted as this class.</param>
public sealed record ClassMetrics(string Label, int Correct, int Total, int Predicted)
{
    /// <summary>The fraction of the class's images that was predicted correctly, from 0 to 1; 0 for a class without images.</summary>
    public double Recall => Total == 0 ? 0 : (double)Correct / Total;

    /// <summary>The fraction of the images predicted as the class that belong to it, from 0 to 1; 0 where there are none.</summary>
    public double Precision => Predicted == 0 ? 0 : (double)Correct / Predicted;

    /// <summary>The harmonic mean of precision and recall, from 0 to 1.</summary>
    public double F1 => Total + Predicted == 0 ? 0 : 2.0 * Correct / (Total + Predicted);
}
