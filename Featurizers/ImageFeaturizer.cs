using System.Buffers;
using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Engines.Quantization;
using TransferKit.Engines.Torch;
using TransferKit.Images;
using TransferKit.Native;
using TransferKit.Weights;

namespace TransferKit;

/// <summary>Computes feature vectors of images by a pretrained network. Several threads may use it at the same time.</summary>
public sealed class ImageFeaturizer : IDisposable
{
    private readonly IInferenceEngine _engine;
    private readonly FeaturizerOptions _options;
    // Quantized weights are others, and share memory with these.
    private readonly StateDict _loaded;

    /// <summary>Loads the weights, which may be downloaded first, and the engine. Blocks until then.</summary>
    /// <param name="options">The network, and how it is run.</param>
    /// <exception cref="ArgumentException">An option is invalid.</exception>
    /// <exception cref="InvalidDataException">The weights are malformed or of another architecture.</exception>
    /// <exception cref="DllNotFoundException">The Torch engine is asked for, but the program has no native libtorch.</exception>
    /// <exception cref="DownloadException">The weights could not be downloaded.</exception>
    public ImageFeaturizer(FeaturizerOptions options) : this(options, [])
    {
    }

    /// <summary>Loads the weights, which may be downloaded first, and the engine. Blocks until then.</summary>
    /// <param name="options">The network, and how it is run.</param>
    /// <param name="calibrationImages">
    /// The images on which <see cref="Precision.Int8"/> measures ranges, such as the training images; some of them are read. Others ignore
    /// them.
    /// </param>
    /// <inheritdoc cref="ImageFeaturizer(FeaturizerOptions)" path="/exception"/>
    public ImageFeaturizer(FeaturizerOptions options, IEnumerable<ImageSource> calibrationImages)
        : this(Load(options), options, calibrationImages)
    {
    }

    /// <summary>Creates a featurizer that runs a network of your own, such as a fine-tuned one, in ONNX Runtime.</summary>
    /// <param name="network">The network from images to features; its weights are disposed with this object.</param>
    /// <param name="preprocessing">The preprocessing of images.</param>
    /// <param name="options">Batch size, threads and progress; the other options are ignored.</param>
    public ImageFeaturizer(Network network, Preprocessing preprocessing, FeaturizerOptions options)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(preprocessing);
        ArgumentNullException.ThrowIfNull(options);
        (Network, Preprocessing, _options, _loaded) = (network, preprocessing, options.Copy(), network.Weights);
        _engine = new OnnxInference(network);
    }

    private ImageFeaturizer(Pretrained pretrained, FeaturizerOptions options, IEnumerable<ImageSource> calibrationImages)
    {
        (Network, Preprocessing, _options) = (pretrained.Network.Until(options.Layer), pretrained.Preprocessing, options.Copy());
        _loaded = Network.Weights;
        try
        {
            Checkpoint.CheckNumbers(Network.Graph, Network.Weights, pretrained.Source);
            if (options.Precision == Precision.Int8)
                Network = Network.Quantize(Preprocessing, calibrationImages, options);
            _engine = options.Engine == EngineKind.Torch ? new TorchInference(Network, options.Device)
                : new OnnxInference(Network, device: options.Device);
        }
        catch
        {
            _loaded.Dispose();
            throw;
        }
    }

    /// <summary>The network up to the chosen layer.</summary>
    public Network Network { get; }

    /// <summary>The preprocessing of images.</summary>
    public Preprocessing Preprocessing { get; }

    /// <summary>The number of features of an image.</summary>
    public int Width => Network.Graph.Output.Shape.Count;

    /// <summary>Loads the weights, which may be downloaded first, and the engine.</summary>
    /// <param name="options">The network, and how it is run.</param>
    /// <param name="cancellationToken">Stops a download; a later call resumes it.</param>
    /// <inheritdoc cref="ImageFeaturizer(FeaturizerOptions)" path="/exception"/>
    public static async Task<ImageFeaturizer> CreateAsync(FeaturizerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options = options.Copy();
        return new(await LoadAsync(options, cancellationToken).ConfigureAwait(false), options, calibrationImages: []);
    }

    /// <summary>Computes the features of one image.</summary>
    /// <param name="image">The image.</param>
    /// <returns><see cref="Width"/> values.</returns>
    /// <exception cref="ImageFormatException">It is not a readable image.</exception>
    public float[] Featurize(ImageSource image) => Run([image])[0];

    /// <summary>
    /// Computes the features of many images, in their order. A few batches are read ahead, decoded and run in parallel. Disposing the
    /// enumerator early waits for the batches that are being computed.
    /// </summary>
    /// <param name="images">The images.</param>
    /// <returns>For each image <see cref="Width"/> values.</returns>
    /// <exception cref="ImageFormatException">An image is not readable; thrown when the enumeration reaches its batch.</exception>
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
        _engine.Dispose();
        _loaded.Dispose();
    }

    private static Pretrained Load(FeaturizerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return LoadAsync(options, CancellationToken.None).GetAwaiter().GetResult();
    }

    private static Task<Pretrained> LoadAsync(FeaturizerOptions options, CancellationToken cancellationToken)
    {
        options.Validate();
        // Before weights are downloaded.
        if (options.Engine == EngineKind.Torch)
            LibTorch.Require();
        return Pretrained.LoadAsync(options.Backbone, options.Weights, classes: null, options.Preprocessing, options.Seed,
            options.DownloadProgress, cancellationToken);
    }

    private float[][] Run(ImageSource[] images)
    {
        // A batch takes megabytes: pooled arrays spare the garbage collector.
        float[] inputs = ArrayPool<float>.Shared.Rent(images.Length * Preprocessing.Count);
        try
        {
            Preprocessing.Apply(images, inputs);
            float[] outputs = new float[images.Length * Width];
            _engine.Run(inputs, images.Length, outputs);
            return [.. outputs.Chunk(Width)];
        }
        finally
        {
            ArrayPool<float>.Shared.Return(inputs);
        }
    }
}
