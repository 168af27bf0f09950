using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Transforms.Onnx;
using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Pipelines.Data;

namespace TransferKit.Pipelines.Saving;

/// <summary>
/// What a classifier of images is made of: one network from images to a score for each label. It is read from the saved form, in which
/// models just trained and models loaded are alike.
/// </summary>
/// <param name="Network">From images to logits or decision values.</param>
/// <param name="Features">The node whose value is the image's features; null where the network names none.</param>
/// <param name="Preprocessing">What images go through first.</param>
/// <param name="Labels">The label of each score.</param>
/// <param name="Probabilities">Whether the model gives the softmax of the scores.</param>
internal sealed record SavedNetwork(Network Network, string? Features, Preprocessing Preprocessing, IReadOnlyList<string> Labels, bool Probabilities)
{
    /// <exception cref="ArgumentException">It is no classifier of images that is one network and a linear classifier; the message says why.</exception>
    public static SavedNetwork Of(ITransformer model)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var file = new FileStream(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        new MLContext().Model.Save(model, null, file);
        file.Position = 0;
        return Read(file);
    }

    /// <summary>Reads a model file from its beginning.</summary>
    /// <inheritdoc cref="Of"/>
    public static SavedNetwork Read(Stream file)
    {
        var (network, preprocessing) = NetworkIn(file);
        file.Position = 0;
        var loaded = new MLContext().Model.Load(file, out _);
        using var loadedNetwork = loaded as IDisposable;
        ITransformer[] steps = [.. Steps(loaded).SkipWhile(s => s is not OnnxTransformer).Skip(1)];
        int last = Array.FindLastIndex(steps, s => s is ISingleFeaturePredictionTransformer<object>);
        if (last < 0)
            throw new ArgumentException("The model has no classifier after its network; one that was trained on a label is needed.");
        var classifier = (ISingleFeaturePredictionTransformer<object>)steps[last];
        var labels = LabelsOf(classifier, network.Graph.Output.Shape.Count);
        // A fine-tuned network gives probabilities; what is after it only gives them names.
        return network.Graph.Output is { Operator: Softmax, Inputs: [var logits] }
            ? new(network.Until(logits.Name), network.Graph.Aliases.ContainsKey("features") ? "features" : null, preprocessing, labels, Probabilities: true)
            : new(LinearHead.On(network, Columns.Result, steps[..last], classifier), network.Graph.Output.Name, preprocessing, labels, classifier.Model is MaximumEntropyModelParameters);
    }

    private static (Network, Preprocessing) NetworkIn(Stream file)
    {
        using var zip = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
        // OnnxTransformer saves its model under this name, after its length.
        var entries = zip.Entries.Where(e => e.Name == "OnnxModel").ToArray();
        if (entries.Length != 1)
            throw new ArgumentException($"The model holds {entries.Length} networks; maps are made for models with one, which FeaturizeImages or FineTuneImages made.");
        using var reader = new BinaryReader(entries[0].Open());
        int length = reader.ReadInt32();
        if (length < 0 || length > entries[0].Length)
            throw new ArgumentException($"The model's network is said to have {length} bytes, but its entry has {entries[0].Length}.");
        byte[] content = reader.ReadBytes(length);
        try
        {
            var (network, preprocessing) = OnnxReader.Read(content);
            return (network, preprocessing ?? throw new InvalidDataException("The ONNX model does not say what images go through first."));
        }
        catch (InvalidDataException e)
        {
            throw new ArgumentException($"The model's network cannot be read: {e.Message} Train it again with this version.", e);
        }
    }

    // Pipelines appended to pipelines are chains within chains.
    private static IEnumerable<ITransformer> Steps(ITransformer step) =>
        step is IEnumerable<ITransformer> chain ? chain.SelectMany(Steps) : [step];

    // The scores' names, of which the classifier knows by itself: its input is made up here.
    private static string[] LabelsOf(ISingleFeaturePredictionTransformer<object> classifier, int features)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn(classifier.FeatureColumnName, new VectorDataViewType(NumberDataViewType.Single, features));
        DataViewSchema.Column score;
        try
        {
            score = classifier.GetOutputSchema(builder.ToSchema())["Score"];
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new ArgumentException($"The classifier was not trained on the network's {features} features, but on what was made of them, which cannot be followed: {e.Message}", e);
        }
        string[]? labels = score.Type is VectorDataViewType ? score.SlotNames() : null;
        return labels
            ?? throw new ArgumentException($"The classifier's score is {score.Type} without the labels' names; a multiclass classifier that was trained on text labels is needed.");
    }
}
