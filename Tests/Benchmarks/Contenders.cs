using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Engines.Onnx;
using TransferKit.Engines.Torch;
using TransferKit.Images;
using TransferKit.Pipelines.Featurizing;

namespace TransferKit.Benchmarks;

/// <summary>The ways to compute features that are compared, on the same photographs and the same network.</summary>
internal sealed class Contenders : IDisposable
{
    public const string Ours = "FeaturizeImages, from files", Fast = "FeaturizeImages, from files, fast decoding";
    public const string Stock = "stock ML.NET pipeline, from files";
    public const string Decode = "decoding and resizing alone, all processors";
    public const string OnnxOneRun = "ONNX Runtime alone, batches of 8, all processors in one run";
    public const string OnnxRunPerProcessor = "ONNX Runtime alone, batches of 8, a run on each processor";
    public const string Torch = "TorchSharp eager alone, batches of 8";

    private const int Batch = 8;
    private readonly string[] _photos;
    private readonly float[] _pixels;
    private readonly ImageFeaturizer _featurizer;
    private readonly string _model = Path.Combine(Path.GetTempPath(), $"transferkit-bench-{Environment.ProcessId}.onnx");
    private readonly List<IDisposable> _owned = [];

    public Contenders(string[] photos, string backbone, string weights)
    {
        _photos = photos;
        var options = new ImageFeaturizingEstimator.Options { Backbone = backbone, Weights = weights, CacheFeatures = false };
        _featurizer = Own(new ImageFeaturizer(options));
        int size = _featurizer.Preprocessing.Count;
        _pixels = new float[Batch * size];
        for (int i = 0; i < Batch; i++)
            _featurizer.Preprocessing.Apply(new ImageSource(photos[i]), _pixels.AsSpan(i * size, size));
        OnnxExport.Write(_featurizer.Network, _model, new OnnxOptions { Normalization = _featurizer.Preprocessing, BatchSize = 1 });

        var allProcessors = Own(new OnnxInference(_featurizer.Network, Environment.ProcessorCount));
        var oneProcessor = Own(new OnnxInference(_featurizer.Network));
        var context = new MLContext();
        var data = context.Data.LoadFromEnumerable(photos.Select(p => new Photo { ImagePath = p }).ToList());
        var ours = context.Transforms.FeaturizeImages(options).Fit(data).Transform(data);
        var fastOptions = (ImageFeaturizingEstimator.Options)options.Copy();
        fastOptions.Preprocessing = _featurizer.Preprocessing with { Decoding = Decoding.Fast };
        var fast = context.Transforms.FeaturizeImages(fastOptions).Fit(data).Transform(data);
        int crop = _featurizer.Preprocessing.Crop;
        var stock = context.Transforms.LoadImages("image", null, "ImagePath")
            .Append(context.Transforms.ResizeImages("image", crop, crop))
            .Append(context.Transforms.ExtractPixels("images", "image"))
            .Append(context.Transforms.ApplyOnnxModel("output", "images", _model)).Fit(data).Transform(data);
        var eager = Own(new TorchNetwork(_featurizer.Network));
        eager.eval();

        All =
        [
            (Ours, () => Read(ours, "Features")),
            (Fast, () => Read(fast, "Features")),
            (Stock, () => Read(stock, "output")),
            (Decode, DecodeAll),
            (OnnxOneRun, () => RunBatches(allProcessors, parallelRuns: 1)),
            (OnnxRunPerProcessor, () => RunBatches(oneProcessor, parallelRuns: Environment.ProcessorCount)),
            (Torch, () => RunEager(eager)),
        ];
    }

    public IReadOnlyList<(string Name, Action Run)> All { get; }

    public void Dispose()
    {
        _owned.ForEach(o => o.Dispose());
        File.Delete(_model);
    }

    private T Own<T>(T item) where T : IDisposable
    {
        _owned.Add(item);
        return item;
    }

    private static void Read(IDataView view, string column)
    {
        using var cursor = view.GetRowCursor([view.Schema[column]]);
        var getter = cursor.GetGetter<VBuffer<float>>(view.Schema[column]);
        VBuffer<float> value = default;
        while (cursor.MoveNext())
            getter(ref value);
    }

    private void DecodeAll() => Parallel.For(0, _photos.Length, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
        () => new float[_featurizer.Preprocessing.Count], (i, _, buffer) =>
        {
            _featurizer.Preprocessing.Apply(new ImageSource(_photos[i]), buffer);
            return buffer;
        }, _ => { });

    private void RunBatches(OnnxInference network, int parallelRuns)
    {
        int batches = _photos.Length / Batch, rest = _photos.Length % Batch;
        Parallel.For(0, batches + (rest > 0 ? 1 : 0), new ParallelOptions { MaxDegreeOfParallelism = parallelRuns }, i =>
        {
            int count = i < batches ? Batch : rest;
            network.Run(_pixels, count, new float[count * network.Output.Count]);
        });
    }

    private void RunEager(TorchNetwork network)
    {
        using var inference = TorchSharp.torch.inference_mode();
        int crop = _featurizer.Preprocessing.Crop;
        for (int done = 0; done < _photos.Length; done += Batch)
        {
            int count = Math.Min(Batch, _photos.Length - done);
            using var x = TorchSharp.torch.tensor(_pixels.AsMemory(0, count * _featurizer.Preprocessing.Count), [count, 3, crop, crop]);
            network.forward(x).Dispose();
        }
    }

    private sealed class Photo
    {
        public string ImagePath { get; set; } = "";
    }
}
