namespace TransferKit.Pipelines.Evaluating;

/// <summary>A class that was predicted as another, and how often.</summary>
/// <param name="Label">The true label.</param>
/// <param name="Predicted">The predicted label.</param>
/// <param name="Count">How many images of the true label were predicted so.</param>
/// <param name="Total">How many images the true label has.</param>
public sealed record ConfusedPair(string Label, string Predicted, int Count, int Total)
{
    /// <summary>Writes the pair, such as <c>cat predicted as dog: 3 of 20</c>.</summary>
    public override string ToString() => $"{Label} predicted as {Predicted}: {Count} of {Total}";
}
