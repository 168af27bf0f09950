using System.Buffers;
using TransferKit.Engines.Onnx;
using TransferKit.Images;
using TransferKit.Pipelines.Saving;

namespace TransferKit.Pipelines.Serving;

/// <summary>A model that is one network, from images to scores and features, in ONNX Runtime.</summary>
internal sealed class NetworkModel : ServedModel
{
    private readonly OnnxInference _inference;

    /// <param name="network">The parts of the model.</param>
    /// <param name="generation">The number of the model.</param>
    public NetworkModel(SavedNetwork network, int generation) : base(generation)
    {
        Network = network;
        _inference = new OnnxInference(network.Features is { } features ? network.Network.AndValueOf(features) : network.Network);
    }

    public override IReadOnlyList<string> Labels => Network.Labels;

    public override SavedNetwork Network { get; }

    public override void Dispose() => _inference.Dispose();

    protected override ImageSource Read(ImageSource image) => new(image.ResizeAndCrop(Network.Preprocessing), isCropped: true);

    protected override IReadOnlyList<Prediction> Run(IReadOnlyList<ImageSource> images)
    {
        int size = Network.Preprocessing.Count, width = _inference.Output.Count;
        // A batch takes megabytes: pooled arrays spare the garbage collector.
        float[] inputs = ArrayPool<float>.Shared.Rent(images.Count * size);
        try
        {
            foreach (var (i, image) in images.Index())
                Network.Preprocessing.Apply(image, inputs.AsSpan(i * size, size));
            float[] outputs = new float[images.Count * width];
            _inference.Run(inputs, images.Count, outputs);
            return [.. outputs.Chunk(width).Select(Predict)];
        }
        finally
        {
            ArrayPool<float>.Shared.Return(inputs);
        }
    }

    private Prediction Predict(float[] output)
    {
        float[] scores = output[..Labels.Count];
        if (Network.Probabilities)
            VectorMath.Softmax(scores, scores);
        return new(Labels[Array.IndexOf(scores, scores.Max())], scores, output[Labels.Count..]);
    }
}
