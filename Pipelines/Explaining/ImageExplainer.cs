using Microsoft.ML;
using TransferKit.Images;
using TransferKit.Maps;
using TransferKit.Pipelines.Saving;

namespace TransferKit.Pipelines.Explaining;

/// <summary>Shows where in images a trained model sees its labels; for many images, where <c>model.Explain</c> is for one.</summary>
public sealed class ImageExplainer : IDisposable
{
    private readonly SavedNetwork _model;
    private readonly ActivationMapper _mapper;

    /// <summary>Takes a model apart and loads its network.</summary>
    /// <param name="model">A model that <c>FeaturizeImages</c> and a linear classifier, or <c>FineTuneImages</c>, made: just trained, or loaded.</param>
    /// <param name="options">The method and the node.</param>
    /// <exception cref="ArgumentException">The model is of another kind, there is no such node, or the method does not go with the network.</exception>
    /// <exception cref="DllNotFoundException">The method needs gradients, and the program carries no native libtorch.</exception>
    public ImageExplainer(ITransformer model, MapOptions? options = null) : this(SavedNetwork.Of(model), options)
    {
    }

    internal ImageExplainer(SavedNetwork model, MapOptions? options = null)
    {
        _model = model;
        _mapper = new ActivationMapper(_model.Network, _model.Preprocessing, options);
    }

    /// <summary>The labels that the model can give.</summary>
    public IReadOnlyList<string> Labels => _model.Labels;

    /// <summary>The node that is looked at.</summary>
    public string Layer => _mapper.Layer;

    /// <summary>Where in an image a label is seen.</summary>
    /// <param name="image">The image.</param>
    /// <param name="label">The label; null for the one that the model predicts.</param>
    /// <exception cref="ArgumentException">The model does not know the label.</exception>
    /// <exception cref="ImageFormatException">It is no readable image.</exception>
    public ImageExplanation Explain(ImageSource image, string? label = null)
    {
        int? asked = label is null ? null : Labels.ToList().IndexOf(label);
        if (asked < 0)
            throw new ArgumentException($"Unknown label '{label}'; the model knows {string.Join(", ", Labels)}.");
        var (map, scores) = _mapper.MapAndScore(image, asked);
        int shown = asked ?? Array.IndexOf(scores, scores.Max());
        float score = _model.Probabilities ? VectorMath.Softmax(scores)[shown] : scores[shown];
        return new ImageExplanation(Labels[shown], score, map);
    }

    /// <inheritdoc/>
    public void Dispose() => _mapper.Dispose();
}

/// <summary>Where in an image a label is seen.</summary>
/// <param name="Label">The label.</param>
/// <param name="Score">What the model gives for it, in its <c>Score</c> column.</param>
/// <param name="Map">From 0 to 1 for each pixel.</param>
public sealed record ImageExplanation(string Label, float Score, ActivationMap Map);
