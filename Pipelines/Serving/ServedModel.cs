using System.Buffers;
using TransferKit.Engines.Onnx;
using TransferKit.Images;
using TransferKit.Pipelines.Saving;

namespace TransferKit.Pipelines.Serving;

using Call = BatchQueue<ImageSource, ImageClassification>.Call;

/// <summary>A loaded model: one network in ONNX Runtime, from images to scores and features.</summary>
internal sealed class ServedModel : IDisposable
{
    private readonly OnnxInference _network;

    private ServedModel(SavedNetwork saved, int generation)
    {
        (Saved, Generation) = (saved, generation);
        _network = new OnnxInference(saved.Features is { } features ? saved.Network.AndValueOf(features) : saved.Network);
    }

    /// <summary>The label of each score.</summary>
    public IReadOnlyList<string> Labels => Saved.Labels;

    /// <summary>The number of the model, which results carry.</summary>
    public int Generation { get; }

    /// <summary>The parts of the model.</summary>
    public SavedNetwork Saved { get; }

    /// <summary>Loads a model file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="generation">The number of the model.</param>
    /// <exception cref="InvalidDataException">The file is not a model that can be served; the message names it and says why.</exception>
    public static ServedModel Read(string path, int generation)
    {
        try
        {
            using var file = File.OpenRead(path);
            return new ServedModel(SavedNetwork.Read(file), generation);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // ML.NET throws many kinds of exceptions for broken files.
            throw new InvalidDataException($"'{path}' is not an image classifier that can be served: {e.Message}", e);
        }
    }

    /// <summary>Classifies a batch and completes each call; an unreadable image fails its own call only.</summary>
    /// <param name="calls">The batch.</param>
    /// <param name="maxPixels">The largest accepted image, in pixels.</param>
    public void Classify(IReadOnlyList<Call> calls, long maxPixels)
    {
        int size = Saved.Preprocessing.Count, width = _network.Output.Count;
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

    /// <inheritdoc/>
    public void Dispose() => _network.Dispose();

    private bool TryRead(Call call, long maxPixels, Span<float> input)
    {
        if (!call.TryTake(out var image))
            return false;
        try
        {
            var (width, height) = image.ReadSize();
            if ((long)width * height > maxPixels)
                throw new ImageFormatException($"{width} x {height} pixels are more than the {maxPixels} that are accepted.");
            Saved.Preprocessing.Apply(image, input);
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
        if (Saved.Probabilities)
            VectorMath.Softmax(scores, scores);
        LabelScore[] sorted = [.. Labels.Zip(scores, (label, score) => new LabelScore(label, score)).OrderByDescending(s => s.Score)];
        // The features are copied: a slice would keep the outputs of the whole batch in memory.
        return new ImageClassification(sorted[0].Label, sorted, output[Labels.Count..].ToArray(), Generation);
    }
}
