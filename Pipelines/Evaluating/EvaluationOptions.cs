namespace TransferKit.Pipelines.Evaluating;

/// <summary>Options of <c>EvaluateImages</c>.</summary>
public sealed class EvaluationOptions
{
    /// <summary>Receives the number of images predicted so far.</summary>
    public IProgress<int>? Progress { get; set; }

    /// <summary>Whether <see cref="EvaluatedImage.Features"/> keeps the column <c>Features</c>: thousands of numbers per image.</summary>
    public bool KeepFeatures { get; set; }

    /// <summary>Stops the evaluation between two images.</summary>
    public CancellationToken CancellationToken { get; set; }
}
