using TransferKit.Graphs;

namespace TransferKit.Engines;

/// <summary>A network that is only run; calls from several threads at once are allowed.</summary>
public interface IInferenceEngine : IDisposable
{
    /// <summary>The shape of one image.</summary>
    Shape Input { get; }

    /// <summary>The shape of one result.</summary>
    Shape Output { get; }

    /// <summary>Runs a batch.</summary>
    /// <param name="images">Normalized images one after the other, each channels x height x width.</param>
    /// <param name="count">How many images.</param>
    /// <param name="results">Takes the results one after the other.</param>
    /// <exception cref="ObjectDisposedException">The network has been released.</exception>
    void Run(Memory<float> images, int count, Memory<float> results);
}
