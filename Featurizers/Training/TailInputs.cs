using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Engines.Torch;
using TransferKit.Images;

namespace TransferKit.Training;

/// <summary>What the trained part of a network is given: pixels, changed anew each epoch, or the frozen part's results, computed once.</summary>
internal abstract class TailInputs : IDisposable
{
    /// <summary>The number of values of an example.</summary>
    public abstract int Width { get; }

    /// <summary>The values of an example in an epoch.</summary>
    public abstract void Read(int example, int epoch, Span<float> to);

    /// <summary>Says that no later run will need what was computed.</summary>
    public virtual void Forget()
    {
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>The pixels of a changed view of an example: the same whenever and by whichever thread it is made.</summary>
    protected static void View(ImageSource image, int index, int view, Preprocessing preprocessing, Augmentation augmentation, int seed, Span<float> to)
    {
        var crop = augmentation.IsNone
            ? image.ResizeAndCrop(preprocessing)
            : augmentation.Apply(image.Decode(), preprocessing, new Random(unchecked((seed * 31 + view) * 1_000_003 + index)));
        preprocessing.Apply(new ImageSource(crop, isCropped: true), to);
    }
}

/// <summary>Pixels, decoded and changed each time; after some views the first comes again.</summary>
internal sealed class PixelInputs(IReadOnlyList<Example> examples, Preprocessing preprocessing, Augmentation augmentation, int seed, int views = int.MaxValue) : TailInputs
{
    public override int Width => preprocessing.Count;

    public override void Read(int example, int epoch, Span<float> to) =>
        View(examples[example].Image, example, epoch % views, preprocessing, augmentation, seed, to);

    public override void Dispose()
    {
    }
}

/// <summary>The frozen part's results for a number of views of each image.</summary>
internal sealed class FrozenInputs : TailInputs
{
    private readonly FloatStore _store;

    public FrozenInputs(Network frozen, IReadOnlyList<Example> examples, Preprocessing preprocessing, Augmentation augmentation, TrainingOptions options, CancellationToken cancellationToken)
    {
        Views = augmentation.IsNone ? 1 : Math.Min(options.Views, options.Epoch);
        Width = frozen.Graph.Output.Shape.Count;
        _store = new FloatStore(examples.Count * Views, Width, options.CacheBytes, Key, Fill);

        void Fill(FloatStore store)
        {
            if (examples.Count == 0)
                return;
            int threads = options.Threads ?? Environment.ProcessorCount, done = 0;
            using IInferenceEngine network = options.Device == "cpu" ? new OnnxInference(frozen) : new TorchInference(frozen, options.Device);
            foreach (int[] rows in Prefetch.Select(Enumerable.Range(0, examples.Count * Views).Chunk(8), Compute, threads))
            {
                cancellationToken.ThrowIfCancellationRequested();
                options.Progress?.Report(new("Frozen part", done += rows.Length, examples.Count * Views));
            }

            int[] Compute(int[] rows)
            {
                float[] images = new float[rows.Length * preprocessing.Count], results = new float[rows.Length * Width];
                var image = default(ImageSource);
                for (int i = 0; i < rows.Length; i++)
                {
                    var (example, view) = Math.DivRem(rows[i], Views);
                    // The views of an image share its decoding.
                    if (i == 0 || view == 0)
                        image = Views == 1 ? examples[example].Image : new ImageSource(examples[example].Image.Decode());
                    View(image, example, view, preprocessing, augmentation, options.Seed, images.AsSpan(i * preprocessing.Count, preprocessing.Count));
                }
                network.Run(images, rows.Length, results);
                for (int i = 0; i < rows.Length; i++)
                    store.Write(rows[i], results.AsSpan(i * Width, Width));
                return rows;
            }
        }

        // Of everything that the results depend on: weights, cut, preprocessing, augmentation, and what is in the files.
        string Key()
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
                $"{frozen.Graph.Output.Name} {preprocessing.Resize} {preprocessing.Crop} {preprocessing.Interpolation} {string.Join(' ', preprocessing.Mean)} {string.Join(' ', preprocessing.Std)} {augmentation} {Views} {options.Seed}")));
            foreach (var (key, _) in frozen.Graph.State)
            {
                hash.AppendData(Encoding.UTF8.GetBytes(key));
                hash.AppendData(frozen.Weights[key].Bytes.Span);
            }
            foreach (var example in examples)
                hash.AppendData(example.Image.Hash());
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    /// <summary>The number of views of each image; after the last, the first comes again.</summary>
    public int Views { get; }

    public override int Width { get; }

    public override void Read(int example, int epoch, Span<float> to) => _store.Read(example * Views + epoch % Views, to);

    public override void Forget() => _store.Forget();

    public override void Dispose() => _store.Dispose();
}
