using Microsoft.ML;
using TransferKit.Images;
using TransferKit.Maps;
using TransferKit.Pipelines.Saving;

namespace TransferKit.Pipelines.Explaining;

/// <summary>
/// Shows where in images a model sees its labels, by class-activation maps. It loads the network once; for a single image,
/// <c>model.Explain</c> does the same.
/// </summary>
public sealed class ImageExplainer : IDisposable
{
    private readonly SavedNetwork _model;
    private readonly ActivationMapper _mapper;

    /// <summary>Loads the network of a model.</summary>
    /// <param name="model">
    /// A model of <c>FeaturizeImages</c> and a linear classifier, or of <c>FineTuneImages</c>, that was trained or loaded.
    /// </param>
    /// <param name="options">
    /// The method and the layer; null for Grad-CAM of the last feature map, or of the last attention's tokens.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The model is of another kind, there is no such layer, or the method does not support the network.
    /// </exception>
    /// <exception cref="DllNotFoundException">The method needs gradients, and the program does not include the native libtorch.</exception>
    public ImageExplainer(ITransformer model, MapOptions? options = null) : this(Read(model, options), options)
    {
    }

    internal ImageExplainer(SavedNetwork model, MapOptions? options = null)
    {
        _model = model;
        _mapper = new ActivationMapper(_model.Network, _model.Preprocessing, options);
    }

    /// <summary>The labels of the model.</summary>
    public IReadOnlyList<string> Labels => _model.Labels;

    /// <summary>The layer whose feature map or tokens are used; the last attention for attention rollout.</summary>
    public string Layer => _mapper.Layer;

    /// <summary>Whether the scores of the model are probabilities from 0 to 1, rather than the decision values of an SVM.</summary>
    public bool GivesProbabilities => _model.Probabilities;

    /// <summary>Computes the map of an image for a label.</summary>
    /// <param name="image">The image.</param>
    /// <param name="label">The label; null for the predicted one.</param>
    /// <exception cref="ArgumentException">The model does not have the label.</exception>
    /// <exception cref="ImageFormatException">The image cannot be read.</exception>
    public ImageExplanation Explain(ImageSource image, string? label = null)
    {
        int? targetClass = label is null ? null : Labels.ToList().IndexOf(label);
        if (targetClass < 0)
            throw new ArgumentException($"Unknown label '{label}'; the model knows {string.Join(", ", Labels)}.");
        var (map, scores) = _mapper.MapAndScore(image, targetClass);
        int explained = targetClass ?? Array.IndexOf(scores, scores.Max());
        if (_model.Probabilities)
            scores = VectorMath.Softmax(scores);
        return new ImageExplanation(Labels[explained], scores[explained], map);
    }

    /// <inheritdoc/>
    public void Dispose() => _mapper.Dispose();

    private static SavedNetwork Read(ITransformer model, MapOptions? options)
    {
        // Before the model is saved and read, which takes long for a large network.
        (options ?? new()).Validate();
        return SavedNetwork.Of(model);
    }
}
