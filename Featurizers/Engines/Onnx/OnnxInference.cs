using Microsoft.ML.OnnxRuntime;
using TransferKit.Graphs;

namespace TransferKit.Engines.Onnx;

/// <summary>Runs a frozen network in ONNX Runtime on the CPU: the fastest engine there. It does not need libtorch.</summary>
public sealed class OnnxInference : IInferenceEngine
{
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    // Runs share the lock, disposal takes it alone: ONNX Runtime crashes when its session is released during a run.
    private readonly ReaderWriterLockSlim _lock = new();
    private bool _disposed;

    /// <summary>Exports a network in memory and loads it.</summary>
    /// <param name="network">The network.</param>
    /// <param name="threads">The number of threads of one run; 1 is best where several runs go on at once.</param>
    public OnnxInference(Network network, int threads = 1) : this(network, threads, new OnnxOptions())
    {
    }

    internal OnnxInference(Network network, int threads, OnnxOptions exportOptions)
    {
        ArgumentNullException.ThrowIfNull(network);
        (Input, Output) = (network.Graph.Input.Shape, network.Graph.Output.Shape);
        using var options = new SessionOptions { IntraOpNumThreads = threads };
        // Spinning threads would take the cores from the decoding of images between two runs.
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        _session = new InferenceSession(OnnxExport.ToArray(network, exportOptions), options);
    }

    /// <inheritdoc/>
    public Shape Input { get; }

    /// <inheritdoc/>
    public Shape Output { get; }

    /// <inheritdoc/>
    public void Run(Memory<float> images, int count, Memory<float> results) =>
        Run(images, [count, .. Input.Dimensions], results, [count, .. Output.Dimensions]);

    /// <summary>Runs the network on values of any dimensions, where the model allows them.</summary>
    /// <param name="images">The values.</param>
    /// <param name="dimensions">Their dimensions, batch included.</param>
    /// <param name="results">Receives the output.</param>
    /// <param name="resultDimensions">The dimensions of the output, batch included.</param>
    internal void Run(Memory<float> images, long[] dimensions, Memory<float> results, long[] resultDimensions)
    {
        _lock.EnterReadLock();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            using var input = ToOrtValue(images, dimensions);
            using var output = ToOrtValue(results, resultDimensions);
            _session.Run(_run, ["images"], [input], ["output"], [output]);
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lock.EnterWriteLock();
        try
        {
            if (_disposed)
                return;
            _disposed = true;
            _session.Dispose();
            _run.Dispose();
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    private static OrtValue ToOrtValue(Memory<float> values, long[] dimensions)
    {
        int count = (int)dimensions.Aggregate((product, dimension) => product * dimension);
        return OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, values[..count], dimensions);
    }
}
