using Microsoft.ML;
using Microsoft.ML.Transforms.Onnx;
using TransferKit.Engines;
using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Pipelines.Data;

namespace TransferKit.Pipelines.Saving;

/// <summary>
/// An image classifier as one network from images to a score for each label. It is read from the saved form of the model, in which trained
/// and loaded models are the same.
/// </summary>
/// <param name="Network">A network from images to logits or decision values.</param>
/// <param name="Features">The node whose value is the features of an image; null where the network names none.</param>
/// <param name="Preprocessing">The preprocessing of the network.</param>
/// <param name="Labels">The label of each score.</param>
/// <param name="Probabilities">Whether the model returns the softmax of the scores.</param>
internal sealed record SavedNetwork(
    Network Network, string? Features, Preprocessing Preprocessing, IReadOnlyList<string> Labels, bool Probabilities)
{
    private const int BufferSize = 1 << 16;
    private const string FeaturesAlias = "features";

    /// <summary>Reads a model that was trained or loaded, by saving it to a temporary file.</summary>
    /// <param name="model">The model.</param>
    /// <exception cref="ArgumentException">
    /// The model is not an image classifier of one network and a linear classifier; the message says why.
    /// </exception>
    public static SavedNetwork Of(ITransformer model)
    {
        ArgumentNullException.ThrowIfNull(model);
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using var file = new FileStream(
            path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, BufferSize, FileOptions.DeleteOnClose);
        new MLContext().Model.Save(model, null, file);
        file.Position = 0;
        return Read(file);
    }

    /// <summary>Reads a model file from its beginning.</summary>
    /// <param name="file">The file.</param>
    /// <inheritdoc cref="Of" path="/exception"/>
    public static SavedNetwork Read(Stream file)
    {
        var (network, preprocessing) = ReadNetwork(file);
        file.Position = 0;
        var model = new MLContext().Model.Load(file, out _);
        using var disposableModel = model as IDisposable;
        ITransformer[] steps = [.. SavedChain.Steps([model]).SkipWhile(step => step is not OnnxTransformer).Skip(1)];
        if (!steps.Any(step => step is ISingleFeaturePredictionTransformer<object>))
            throw new ArgumentException("The model has no classifier after its network; train one on a label column.");
        var labels = ReadLabels(new FeatureSteps(steps, Columns.Result), network.Graph.Output.Shape.Count);
        // The network of a fine-tuned model gives probabilities; the classifier after it only names them.
        if (network.Graph.Output is { Operator: Softmax, Inputs: [var logits] })
        {
            string? features = network.Graph.Aliases.ContainsKey(FeaturesAlias) ? FeaturesAlias : null;
            return new(network.Until(logits.Name), features, preprocessing, labels, Probabilities: true);
        }
        var (classifyingNetwork, isSoftmax) = LinearHead.On(network, steps, Columns.Result);
        return new(classifyingNetwork, network.Graph.Output.Name, preprocessing, labels, isSoftmax);
    }

    private static (Network, Preprocessing) ReadNetwork(Stream file)
    {
        var models = SavedOnnxModels.Read(file);
        if (models.Count != 1)
        {
            throw new ArgumentException($"The model holds {models.Count} networks; it must hold one, " +
                "as models of FeaturizeImages and FineTuneImages do.");
        }
        try
        {
            return SavedOnnxModels.ReadNetwork(models[0]);
        }
        catch (InvalidDataException e)
        {
            throw new ArgumentException($"The model's network cannot be read: {e.Message} Train it again with this version.", e);
        }
    }

    // The slot names of the score column, which do not depend on the features.
    private static string[] ReadLabels(FeatureSteps steps, int width)
    {
        var schema = steps.Transform([new float[width]]).Schema;
        var score = schema.GetColumnOrNull("Score") ?? throw new ArgumentException(
            $"The model's classifier gives no column 'Score' from the network's {width} features, but {string.Join(", ", schema)}.");
        return score.SlotNames() ?? throw new ArgumentException(
            $"The classifier's score is {score.Type} without the names of the labels; train a multiclass classifier on text labels.");
    }
}
