namespace TransferKit.Training;

/// <summary>Which layers of a network fine-tuning trains.</summary>
public enum FineTuneMode
{
    /// <summary>The last layer is replaced by a new one for the classes at hand, and only it is trained (a linear probe).</summary>
    LastLayer,

    /// <summary>The network keeps its last layer and its own classes; one new fully connected layer after it is trained.</summary>
    AddedLayer,

    /// <summary>The last layer is replaced, and the network is trained from a named node on, or its last stages.</summary>
    LastLayers,

    /// <summary>The last layer is replaced, and all layers are trained.</summary>
    AllLayers,
}
