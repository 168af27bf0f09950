using Microsoft.ML.OnnxRuntime;
using TransferKit.Graphs;

namespace TransferKit.Engines.Onnx;

/// <summary>A frozen network in ONNX Runtime: full speed on a CPU, without libtorch.</summary>
public sealed class OnnxInference : IInferenceEngine
{
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly ReaderWriterLockSlim _alive = new();
    private bool _disposed;

    /// <summary>Exports a network in memory and loads it.</summary>
    /// <param name="network">The network.</param>
    /// <param name="threads">Threads inside one run; 1 where several runs go on at once.</param>
    public OnnxInference(Network network, int threads = 1) : this(network, threads, new OnnxOptions())
    {
    }

    internal OnnxInference(Network network, int threads, OnnxOptions how)
    {
        ArgumentNullException.ThrowIfNull(network);
        (Input, Output) = (network.Graph.Input.Shape, network.Graph.Output.Shape);
        using var model = new MemoryStream();
        OnnxExport.Write(network, model, how);
        using var options = new SessionOptions { IntraOpNumThreads = threads };
        // Spinning threads would take the cores from decoding images between two runs.
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        _session = new InferenceSession(model.ToArray(), options);
    }

    /// <inheritdoc/>
    public Shape Input { get; }

    /// <inheritdoc/>
    public Shape Output { get; }

    /// <inheritdoc/>
    public void Run(Memory<float> images, int count, Memory<float> results) => Run(images, [count, .. Input.Dimensions], results, [count, .. Output.Dimensions]);

    /// <summary>Runs values of some dimensions; those of the results must be known.</summary>
    internal void Run(Memory<float> images, long[] dimensions, Memory<float> results, long[] resultDimensions)
    {
        // ONNX Runtime itself does not notice that its session is gone: the process would die.
        _alive.EnterReadLock();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            using var input = Wrap(images, dimensions);
            using var output = Wrap(results, resultDimensions);
            _session.Run(_run, ["images"], [input], ["output"], [output]);
        }
        finally
        {
            _alive.ExitReadLock();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _alive.EnterWriteLock();
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
            _alive.ExitWriteLock();
        }
    }

    private static OrtValue Wrap(Memory<float> values, long[] dimensions) =>
        OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, values[..(int)dimensions.Aggregate((a, b) => a * b)], dimensions);
}
