using System.Text.Encodings.Web;
using System.Text.Json;
using TransferKit.Graphs;
using TransferKit.Images;

namespace TransferKit.Engines.Onnx;

/// <summary>
/// The metadata of an exported model (metadata_props and doc_string): what another program needs to prepare images and to name the
/// outputs, and what <see cref="OnnxReader"/> needs to read the network back. Featurizers/README.md describes the entries.
/// </summary>
internal static class OnnxMetadata
{
    /// <summary>The key of the graph.</summary>
    public const string GraphKey = "transferkit.graph";

    /// <summary>What is before <c>mean</c> and <c>std</c>, so that nobody applies them a second time.</summary>
    public const string NormalizationPrefix = "normalization_in_network.";

    // Labels may be in any language, and the file is no web page.
    private static readonly JsonSerializerOptions LabelsJson = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Returns the entries for a network.</summary>
    /// <exception cref="ArgumentException">The number of labels is not that of the outputs.</exception>
    public static IEnumerable<(string Key, string Value)> Entries(Graph graph, OnnxOptions options)
    {
        var entries = new List<(string, string)> { (GraphKey, GraphText.Write(graph)) };
        if (options.Normalization is { } preprocessing)
        {
            // The names and values of the ONNX specification, MetadataProps.md.
            entries.Add(("Image.BitmapPixelFormat", "Rgb8"));
            entries.Add(("Image.ColorSpaceGamma", "SRGB"));
            entries.Add(("Image.NominalPixelRange", "NominalRange_0_255"));
            entries.AddRange(PreprocessingMetadata.Write(preprocessing, NormalizationPrefix));
        }
        if (options.Labels is { } labels)
            entries.Add(("id2label", WriteLabels(labels, graph.Output.Shape.Count)));
        return entries;
    }

    /// <summary>Describes the input and the output in plain English.</summary>
    public static string Description(Graph graph, OnnxOptions options)
    {
        string interpolation = $"{options.Normalization?.Interpolation}".ToLowerInvariant();
        string resize = options.Normalization is { CropMode: CropMode.Squash, Resize: var side }
            ? $"Resize to {side} x {side} pixels without keeping the aspect ratio"
            : $"Resize the shorter side to {options.Normalization?.Resize} pixels";
        string input = options.Normalization is { } p
            ? $"'{options.InputName}' takes RGB images, batch x {graph.Input.Shape}, with levels from 0 to 255 and not normalized: the "
                + $"model normalizes them. {resize} ({interpolation}, antialiased) and crop "
                + $"{p.Crop} x {p.Crop} pixels from the center."
            : $"'{options.InputName}' takes batch x {graph.Input.Shape}; images must be normalized.";
        string labels = options.Labels is null ? "" : ", one value for each class of id2label";
        return $"{input} '{options.OutputName}' returns batch x {graph.Output.Shape}{labels}.";
    }

    private static string WriteLabels(IReadOnlyList<string> labels, int outputs) => labels.Count == outputs
        ? JsonSerializer.Serialize(labels.Index().ToDictionary(l => l.Index, l => l.Item), LabelsJson)
        : throw new ArgumentException($"{labels.Count} labels are invalid: the network has {outputs} outputs, and each needs one label.");
}
