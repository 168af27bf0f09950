using System.IO.Compression;
using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Images;

namespace TransferKit.Pipelines.Saving;

/// <summary>Reads the ONNX models of the OnnxTransformers in a model file.</summary>
internal static class SavedOnnxModels
{
    // OnnxTransformer saves its model as an entry of this name: the length, then the bytes.
    private const string EntryName = "OnnxModel";

    /// <summary>The ONNX models, in the order of the entries.</summary>
    /// <param name="file">The model file.</param>
    /// <exception cref="InvalidDataException">The file is not a zip file, or an entry is truncated.</exception>
    public static IReadOnlyList<byte[]> Read(Stream file)
    {
        using var zip = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
        var models = new List<byte[]>();
        foreach (var entry in zip.Entries.Where(e => e.Name == EntryName))
        {
            using var reader = new BinaryReader(entry.Open());
            int length = reader.ReadInt32();
            if (length < 0 || length > entry.Length)
                throw new InvalidDataException($"The model's network has a length of {length} bytes, but its entry has {entry.Length}.");
            models.Add(reader.ReadBytes(length));
        }
        return models;
    }

    /// <summary>Reads the network and the preprocessing of an ONNX model.</summary>
    /// <param name="model">The content of the ONNX model.</param>
    /// <exception cref="InvalidDataException">It is malformed, or does not contain its preprocessing.</exception>
    public static (Network Network, Preprocessing Preprocessing) ReadNetwork(byte[] model)
    {
        var (network, preprocessing) = OnnxReader.Read(model);
        return (network, preprocessing ?? throw new InvalidDataException("The ONNX model does not contain its preprocessing."));
    }
}
