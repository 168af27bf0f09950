namespace TransferKit.Training;

/// <summary>How much of a network is trained, in the words of the literature.</summary>
public enum FineTuneMode
{
    /// <summary>The last layer is replaced by one for the classes at hand, and only it is trained.</summary>
    LastLayer,

    /// <summary>The network is kept whole, with its own classes; one fully connected layer on top of it is trained.</summary>
    AddedLayer,

    /// <summary>The last layer is replaced, and the network is trained from a named node on, or its last stages.</summary>
    LastLayers,

    /// <summary>The last layer is replaced, and everything is trained.</summary>
    AllLayers,
}

/// <summary>Which rule turns gradients into steps.</summary>
public enum OptimizerKind
{
    /// <summary>Adam with decoupled weight decay (arXiv:1711.05101).</summary>
    AdamW,

    /// <summary>Stochastic gradient descent with momentum.</summary>
    Sgd,
}

/// <summary>How the learning rate goes over the steps of a training, after its warm-up.</summary>
public enum ScheduleKind
{
    /// <summary>Up for three tenths, then down to nearly nothing, along cosines (arXiv:1708.07120); brings its own warm-up.</summary>
    OneCycle,

    /// <summary>Down to nothing along half a cosine (arXiv:1608.03983).</summary>
    Cosine,

    /// <summary>A tenth after each third.</summary>
    Step,

    /// <summary>The same all the time.</summary>
    Constant,
}
