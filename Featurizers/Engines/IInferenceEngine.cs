using TransferKit.Graphs;

namespace TransferKit.Engines;

/// <summary>Runs a frozen network on batches. <see cref="Run"/> may be called from several threads at once.</summary>
internal interface IInferenceEngine : IDisposable
{
    /// <summary>The shape of one image: channels x height x width.</summary>
    Shape Input { get; }

    /// <summary>The shape of the output for one image.</summary>
    Shape Output { get; }

    /// <summary>Runs the network on a batch of images.</summary>
    /// <param name="images">Preprocessed images one after the other, each channels x height x width values.</param>
    /// <param name="count">The number of images.</param>
    /// <param name="results">Receives the outputs one after the other; at least <paramref name="count"/> times the output's size.</param>
    /// <exception cref="ObjectDisposedException">The engine has been disposed.</exception>
    void Run(Memory<float> images, int count, Memory<float> results);
}
