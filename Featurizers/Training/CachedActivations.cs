using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Engines.Torch;
using TransferKit.Images;

namespace TransferKit.Training;

/// <summary>The outputs of a frozen network for a number of views of each image, computed once and kept in memory or in a file.</summary>
internal sealed class CachedActivations : NetworkInputs
{
    private const int BatchSize = 8;

    private readonly Network _frozen;
    private readonly IReadOnlyList<Example> _examples;
    private readonly Preprocessing _preprocessing;
    private readonly Augmentation _augmentation;
    private readonly FixedSizeTrainingOptions _options;
    private readonly string _pass;
    private readonly ActivationStore _store;

    /// <summary>Computes the outputs, or opens the file that an interrupted training with the same ones has left.</summary>
    /// <param name="frozen">The frozen network.</param>
    /// <param name="examples">The images.</param>
    /// <param name="preprocessing">The preprocessing of the frozen network.</param>
    /// <param name="augmentation">The augmentation of the images.</param>
    /// <param name="options">Views, cache size, seed, device and threads.</param>
    /// <param name="pass">The name of the computation in <see cref="PassProgress"/>.</param>
    /// <param name="cancellationToken">Ends the computation.</param>
    public CachedActivations(Network frozen, IReadOnlyList<Example> examples, Preprocessing preprocessing, Augmentation augmentation,
        FixedSizeTrainingOptions options, string pass, CancellationToken cancellationToken)
    {
        (_frozen, _examples, _preprocessing, _augmentation) = (frozen, examples, preprocessing, augmentation);
        (_options, _pass) = (options, pass);
        Views = augmentation.IsNone ? 1 : Math.Min(options.Views, options.Epoch);
        Width = frozen.Graph.Output.Shape.Count;
        _store = new ActivationStore(examples.Count * Views, Width, options.CacheBytes, Key, store => Compute(store, cancellationToken));
    }

    /// <summary>The number of views of each image; after the last, the first is used again.</summary>
    public int Views { get; }

    public override int Width { get; }

    public override void Read(int example, int epoch, Span<float> values) => _store.Read(example * Views + epoch % Views, values);

    public override void DeleteOnDispose() => _store.DeleteOnDispose();

    public override void Dispose() => _store.Dispose();

    private void Compute(FloatStore store, CancellationToken cancellationToken)
    {
        int total = _examples.Count * Views, done = 0;
        if (total == 0)
            return;
        bool onCpu = _options.Device == "cpu";
        using IInferenceEngine engine = onCpu ? new OnnxInference(_frozen) : new TorchInference(_frozen, _options.Device);
        int threads = _options.Threads ?? Environment.ProcessorCount;
        var batches = Enumerable.Range(0, total).Chunk(BatchSize);
        foreach (int[] rows in Prefetch.Select(batches, rows => Compute(engine, store, rows), threads))
        {
            cancellationToken.ThrowIfCancellationRequested();
            _options.Progress?.Report(new(_pass, done += rows.Length, total));
        }
    }

    private int[] Compute(IInferenceEngine engine, FloatStore store, int[] rows)
    {
        int size = _preprocessing.Count;
        float[] pixels = new float[rows.Length * size], outputs = new float[rows.Length * Width];
        var image = default(ImageSource);
        for (int i = 0; i < rows.Length; i++)
        {
            var (example, view) = Math.DivRem(rows[i], Views);
            // The views of an image share its decoding.
            if (i == 0 || view == 0)
                image = Views == 1 ? _examples[example].Image : new ImageSource(_examples[example].Image.Decode());
            ReadView(image, example, view, _preprocessing, _augmentation, _options.Seed, pixels.AsSpan(i * size, size));
        }
        engine.Run(pixels, rows.Length, outputs);
        for (int i = 0; i < rows.Length; i++)
            store.Write(rows[i], outputs.AsSpan(i * Width, Width));
        return rows;
    }

    // A hash of everything that the outputs depend on: weights, cut, preprocessing, augmentation, and the content of the images.
    private string Key()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (resize, crop, interpolation, mean, std) = _preprocessing;
        string cut = _frozen.Graph.Output.Name, normalization = $"{string.Join(' ', mean)} {string.Join(' ', std)}";
        string further = $"{_preprocessing.CropMode} {_preprocessing.ChannelOrder} {_preprocessing.Decoding}";
        hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"{cut} {resize} {crop} {interpolation} {further} {normalization} {_augmentation} {Views} {_options.Seed}")));
        foreach (var (key, _) in _frozen.Graph.State)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(key));
            hash.AppendData(_frozen.Weights[key].Bytes.Span);
        }
        foreach (var example in _examples)
            hash.AppendData(example.Image.Hash());
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
