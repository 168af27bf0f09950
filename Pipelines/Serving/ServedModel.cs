using System.Buffers;
using TransferKit.Engines.Onnx;
using TransferKit.Images;
using TransferKit.Pipelines.Saving;
using Call = TransferKit.Pipelines.Serving.BatchQueue<TransferKit.Images.ImageSource, TransferKit.Pipelines.Serving.ImageClassification>.Call;

namespace TransferKit.Pipelines.Serving;

/// <summary>A model file as it is served: one network from images to scores and features, in ONNX Runtime.</summary>
internal sealed class ServedModel : IDisposable
{
    private readonly SavedNetwork _saved;
    private readonly OnnxInference _network;
    private readonly int _generation;

    private ServedModel(SavedNetwork saved, int generation)
    {
        (_saved, _generation) = (saved, generation);
        _network = new OnnxInference(saved.Features is { } features ? saved.Network.AndValueOf(features) : saved.Network);
    }

    public IReadOnlyList<string> Labels => _saved.Labels;

    public int Generation => _generation;

    /// <summary>What it was made of.</summary>
    public SavedNetwork Saved => _saved;

    /// <exception cref="InvalidDataException">The file is no model that can be served; the message names it and says why.</exception>
    public static ServedModel Read(string path, int generation)
    {
        try
        {
            using var file = File.OpenRead(path);
            return new ServedModel(SavedNetwork.Read(file), generation);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // ML.NET reads a broken file with whatever exception it meets first.
            throw new InvalidDataException($"'{path}' is no classifier of images that can be served: {e.Message}", e);
        }
    }

    /// <summary>Completes each call; an unreadable image fails its own only.</summary>
    public void Classify(IReadOnlyList<Call> calls, long maxPixels)
    {
        int size = _saved.Preprocessing.Count, width = _network.Output.Count;
        float[] inputs = ArrayPool<float>.Shared.Rent(calls.Count * size);
        try
        {
            var readable = new List<Call>(calls.Count);
            foreach (var call in calls)
                if (TryRead(call, maxPixels, inputs.AsSpan(readable.Count * size, size)))
                    readable.Add(call);
            if (readable.Count == 0)
                return;
            float[] outputs = new float[readable.Count * width];
            _network.Run(inputs, readable.Count, outputs);
            for (int i = 0; i < readable.Count; i++)
                readable[i].Complete(Result(outputs.AsMemory(i * width, width)));
        }
        finally
        {
            ArrayPool<float>.Shared.Return(inputs);
        }
    }

    public void Dispose() => _network.Dispose();

    private bool TryRead(Call call, long maxPixels, Span<float> to)
    {
        if (!call.TryTake(out var image))
            return false;
        try
        {
            var (width, height) = image.ReadSize();
            if ((long)width * height > maxPixels)
                throw new ImageFormatException($"{width} x {height} pixels are more than the {maxPixels} that are accepted.");
            _saved.Preprocessing.Apply(image, to);
            return true;
        }
        catch (ImageFormatException e)
        {
            call.Fail(e);
            return false;
        }
    }

    private ImageClassification Result(ReadOnlyMemory<float> output)
    {
        float[] scores = output[..Labels.Count].ToArray();
        if (_saved.Probabilities)
            VectorMath.Softmax(scores, scores);
        LabelScore[] sorted = [.. Labels.Zip(scores, (label, score) => new LabelScore(label, score)).OrderByDescending(s => s.Score)];
        // A copy, or what is kept of one image would keep its whole batch.
        return new ImageClassification(sorted[0].Label, sorted, output[Labels.Count..].ToArray(), _generation);
    }
}
