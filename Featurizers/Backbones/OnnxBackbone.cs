using TransferKit.Engines.Onnx;
using TransferKit.Engines.Onnx.Import;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Backbones;

/// <summary>Reads backbones from ONNX files (https://onnx.ai).</summary>
public static class OnnxBackbone
{
    /// <summary>The tag of the weights of an ONNX file.</summary>
    internal const string Tag = "ONNX";

    /// <summary>Returns whether a name is that of an ONNX file and not that of a registered backbone.</summary>
    internal static bool IsFile(string name) => Path.GetExtension(name).Equals(".onnx", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a backbone with its weights.</summary>
    /// <remarks>
    /// The nodes keep their names. <c>features</c> is the input of the last linear layer (Gemm or MatMul), or the output where there is
    /// none. The preprocessing is the one that TransferKit wrote into the file, or that a preprocessor_config.json or config.json beside it
    /// says.
    /// </remarks>
    /// <param name="path">The path of the file.</param>
    /// <exception cref="ArgumentException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not a valid ONNX model, or not one that takes images.</exception>
    public static Backbone Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw new ArgumentException($"There is no ONNX file '{path}'. Give the path of an existing file.");
        var backbone = From(OnnxFile.Read(path), path, new Uri(Path.GetFullPath(path)));
        var entry = backbone.Weights[0];
        if (entry.Preprocessing is not null)
            return backbone;
        try
        {
            return backbone with { Weights = [entry with { Preprocessing = PreprocessorConfig.FindBeside(path) }] };
        }
        catch (InvalidDataException e)
        {
            // The options can give another preprocessing: only where they do not, the description is needed.
            return backbone with { Weights = [entry with { PreprocessingProblem = e.Message }] };
        }
    }

    /// <summary>Creates a backbone of a model that has been read.</summary>
    /// <param name="file">The model.</param>
    /// <param name="name">The name of the backbone.</param>
    /// <param name="url">The address of the file.</param>
    internal static Backbone From(OnnxFile file, string name, Uri url)
    {
        var preprocessing = WrittenInto(file);
        try
        {
            var graph = new OnnxArchitecture(file);
            var entry = new WeightEntry(Tag, url, preprocessing, graph.HasClassifier ? Tag : null, null, null) { Read = graph.ReadWeights };
            return new Backbone(name, "", graph.Build, [entry]) { InputSize = graph.InputSize, Classes = graph.Classes };
        }
        catch (Exception e) when (e is OnnxNotSupportedException or ArgumentException)
        {
            var frozen = new OnnxFrozen(file, e.Message);
            var entry = new WeightEntry(Tag, url, preprocessing, ClassSet: null, null, null) { Read = frozen.ReadWeights };
            return new Backbone(name, "", frozen.Build, [entry]) { InputSize = frozen.InputSize };
        }
    }

    // Models that TransferKit exported normalize the levels from 0 to 255 themselves.
    private static Preprocessing? WrittenInto(OnnxFile file)
    {
        var metadata = file.Model.MetadataProps.DistinctBy(entry => entry.Key).ToDictionary(entry => entry.Key, entry => entry.Value);
        return PreprocessingMetadata.Read(metadata, $"'{file.Name}'", OnnxMetadata.NormalizationPrefix)?.WithLevels();
    }
}
