namespace TransferKit.Engines;

/// <summary>What runs a frozen network.</summary>
public enum EngineKind
{
    /// <summary>ONNX Runtime on a CPU: the fastest there, and needs no libtorch.</summary>
    OnnxRuntime,

    /// <summary>libtorch, on a CPU or an NVIDIA GPU.</summary>
    Torch,
}
