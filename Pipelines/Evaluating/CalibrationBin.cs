namespace TransferKit.Pipelines.Evaluating;

/// <summary>Images of similar confidence, with the accuracy on them: one bin of a reliability diagram.</summary>
/// <param name="Confidence">The mean confidence, which is the highest probability of an image, from 0 to 1.</param>
/// <param name="Accuracy">The fraction that is predicted correctly, from 0 to 1.</param>
/// <param name="Count">The number of images.</param>
public sealed record CalibrationBin(double Confidence, double Accuracy, int Count);
