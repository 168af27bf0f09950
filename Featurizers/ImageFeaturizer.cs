using System.Buffers;
using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Engines.Torch;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit;

/// <summary>Turns images into feature vectors by a pretrained network, a frozen part of it; may be used from several threads.</summary>
public sealed class ImageFeaturizer : IDisposable
{
    private readonly IInferenceEngine _frozen;
    private readonly FeaturizerOptions _options;

    /// <summary>Loads weights (downloading them where needed) and the engine.</summary>
    /// <exception cref="ArgumentException">An option is impossible.</exception>
    /// <exception cref="InvalidDataException">The weights are malformed or of another architecture.</exception>
    /// <exception cref="DllNotFoundException">The Torch engine is asked for, and the program carries no native libtorch.</exception>
    /// <exception cref="WeightDownloadException">The weights could not be downloaded.</exception>
    public ImageFeaturizer(FeaturizerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options.Copy();
        var pretrained = Pretrained.Load(options.Backbone, options.Weights, preprocessing: options.Preprocessing,
            seed: options.Seed, progress: options.DownloadProgress);
        (Network, Preprocessing) = (pretrained.Network.Until(options.Layer), pretrained.Preprocessing);
        try
        {
            Checkpoint.CheckNumbers(Network.Graph, Network.Weights, pretrained.Source);
            _frozen = options.Engine == EngineKind.Torch ? new TorchInference(Network, options.Device) : new OnnxInference(Network);
        }
        catch
        {
            Network.Weights.Dispose();
            throw;
        }
    }

    /// <summary>Runs a network of one's own, such as a fine-tuned one, in ONNX Runtime; its weights go with this object.</summary>
    /// <param name="network">From images to what counts as their features.</param>
    /// <param name="preprocessing">What images go through first.</param>
    /// <param name="options">Batch size, threads and progress are used.</param>
    public ImageFeaturizer(Network network, Preprocessing preprocessing, FeaturizerOptions options)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(preprocessing);
        ArgumentNullException.ThrowIfNull(options);
        (Network, Preprocessing, _options) = (network, preprocessing, options.Copy());
        _frozen = new OnnxInference(network);
    }

    /// <summary>The network up to the chosen layer.</summary>
    public Network Network { get; }

    /// <summary>What images go through first.</summary>
    public Preprocessing Preprocessing { get; }

    /// <summary>The number of features of an image.</summary>
    public int Width => Network.Graph.Output.Shape.Count;

    /// <summary>The features of one image.</summary>
    /// <exception cref="ImageFormatException">It is no readable image.</exception>
    public float[] Featurize(ImageSource image) => Run([image])[0];

    /// <summary>
    /// The features of many images, in their order. The sequence is read ahead by a few batches, which are decoded and run in parallel;
    /// abandoning the result waits for those under way.
    /// </summary>
    /// <exception cref="ImageFormatException">One is no readable image; thrown where its turn comes.</exception>
    public IEnumerable<float[]> Featurize(IEnumerable<ImageSource> images)
    {
        int done = 0;
        int threads = _options.Threads ?? Environment.ProcessorCount;
        foreach (float[][] batch in Prefetch.Select(images.Chunk(_options.BatchSize), Run, threads))
        {
            _options.Progress?.Report(done += batch.Length);
            foreach (float[] features in batch)
                yield return features;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _frozen.Dispose();
        Network.Weights.Dispose();
    }

    private float[][] Run(ImageSource[] images)
    {
        // Megabytes for every batch: rented, or the collector would be busy with them.
        float[] inputs = ArrayPool<float>.Shared.Rent(images.Length * Preprocessing.Count);
        try
        {
            for (int i = 0; i < images.Length; i++)
                Preprocessing.Apply(images[i], inputs.AsSpan(i * Preprocessing.Count, Preprocessing.Count));
            float[] outputs = new float[images.Length * Width];
            _frozen.Run(inputs, images.Length, outputs);
            return [.. outputs.Chunk(Width)];
        }
        finally
        {
            ArrayPool<float>.Shared.Return(inputs);
        }
    }
}
