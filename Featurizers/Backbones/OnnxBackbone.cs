using TransferKit.Engines.Onnx.Import;
using TransferKit.Graphs;
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
        return From(OnnxFile.Read(path), path, new Uri(Path.GetFullPath(path)));
    }

    internal static Backbone From(OnnxFile file, string name, Uri url)
    {
        var model = new OnnxArchitecture(file);
        var entry = new WeightEntry(Tag, url, Preprocessing: null, model.HasClassifier ? "of the file" : null, null, null)
        {
            Read = model.ReadWeights,
        };
        return new Backbone(name, "", model.Build, [entry]) { InputSize = model.InputSize, Classes = model.Classes };
    }
}
