namespace TransferKit.Training;

/// <summary>The optimizer: how gradients change the weights.</summary>
public enum OptimizerKind
{
    /// <summary>Adam with decoupled weight decay (arXiv:1711.05101).</summary>
    AdamW,

    /// <summary>Stochastic gradient descent with momentum.</summary>
    Sgd,
}
