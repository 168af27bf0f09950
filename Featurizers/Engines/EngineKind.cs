namespace TransferKit.Engines;

/// <summary>The runtime that runs a frozen network.</summary>
public enum EngineKind
{
    /// <summary>ONNX Runtime on the CPU: the fastest there. It does not need libtorch.</summary>
    OnnxRuntime,

    /// <summary>libtorch, on the CPU or an NVIDIA GPU.</summary>
    Torch,
}
