namespace TransferKit.Images;

/// <summary>
/// Reads the preprocessing from the files that Hugging Face's hub keeps beside a model: <c>preprocessor_config.json</c> of transformers,
/// and <c>config.json</c> of timm.
/// </summary>
public static class PreprocessorConfig
{
    /// <summary>The name of transformers' file.</summary>
    public const string PreprocessorFile = "preprocessor_config.json";

    /// <summary>The name of the file of timm, which transformers uses for something else.</summary>
    public const string ConfigFileName = "config.json";

    private const string OnnxFolder = "onnx";

    /// <summary>
    /// Looks beside a model for <c>preprocessor_config.json</c> and then for timm's <c>config.json</c>; for a model in a folder named
    /// <c>onnx</c> also in the folder above, as the hub's repositories have them.
    /// </summary>
    /// <param name="modelFile">The path of the model.</param>
    /// <returns>The preprocessing, or null where no file says anything about images.</returns>
    /// <exception cref="InvalidDataException">
    /// A file is malformed, or asks for what <see cref="Preprocessing"/> cannot do; the message names the file and the value.
    /// </exception>
    public static Preprocessing? FindBeside(string modelFile)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelFile);
        string folder = Path.GetDirectoryName(Path.GetFullPath(modelFile))!;
        var found = FindIn(folder);
        return found is null && Path.GetFileName(folder) == OnnxFolder ? FindIn(Path.GetDirectoryName(folder)!) : found;
    }

    /// <summary>Reads one of the two files.</summary>
    /// <param name="path">The file; what it holds is told by its entries and not by its name.</param>
    /// <returns>The preprocessing, or null where the file says nothing about images.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is malformed, or asks for what <see cref="Preprocessing"/> cannot do.</exception>
    public static Preprocessing? Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var config = ConfigFile.Read(path);
        var preprocessing = TimmConfig.IsImages(config) ? TimmConfig.Read(config)
            : HuggingFaceConfig.IsImages(config) ? HuggingFaceConfig.Read(config) : null;
        try
        {
            preprocessing?.Validate();
            return preprocessing;
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    private static Preprocessing? FindIn(string folder) => new[] { PreprocessorFile, ConfigFileName }
        .Select(name => Path.Combine(folder, name)).Where(File.Exists).Select(Read).FirstOrDefault(found => found is not null);
}
