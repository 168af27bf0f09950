namespace TransferKit.Detection;

/// <summary>A thing that a person has marked in an image.</summary>
/// <param name="Box">Where, in pixels of the image.</param>
/// <param name="Label">What: a class counted from 1.</param>
public readonly record struct LabeledBox(Box Box, int Label)
{
    /// <summary>Whether it stands for several things that nobody told apart; these are neither learned nor counted.</summary>
    public bool Crowd { get; init; }

    /// <summary>The area that it fills of its box in square pixels, where that is known.</summary>
    public float? Area { get; init; }
}
