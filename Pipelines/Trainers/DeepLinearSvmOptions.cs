namespace TransferKit.Pipelines.Trainers;

/// <summary>Settings of the linear support vector machine, good for features of pretrained networks.</summary>
public sealed class DeepLinearSvmOptions
{
    /// <summary>The label, a key.</summary>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>The features, a vector of known size.</summary>
    public string FeatureColumnName { get; set; } = "Features";

    /// <summary>Passes over the data for each class.</summary>
    public int NumberOfIterations { get; set; } = 50;

    /// <summary>Weight of the regularisation, the square of the weights' length.</summary>
    public float Lambda { get; set; } = 1e-3f;

    /// <summary>Of the order in which the data is seen.</summary>
    public int Seed { get; set; } = 1;
}
