using TransferKit.Images;

namespace TransferKit.Weights;

/// <summary>A model of a hub: its weights, and what timm's <c>config.json</c> beside them says.</summary>
/// <param name="Reference">The repository.</param>
/// <param name="Path">The weights in the cache.</param>
internal sealed record HubModel(string Reference, string Path)
{
    /// <summary>The file of the weights in a repository.</summary>
    public const string WeightsFile = "model.safetensors";

    private const string ClassesKey = "num_classes", Inner = "pretrained_cfg";

    /// <summary>Whether the weights have no classifier, because timm saved the model without one.</summary>
    public bool HasClassifier => ReadConfig() is not { } config
        || (config.Number(ClassesKey) ?? config.Object(Inner)?.Number(ClassesKey)) is not 0;

    /// <summary>Fetches the weights.</summary>
    /// <inheritdoc cref="HuggingFaceHub.DownloadAsync"/>
    public static async Task<HubModel> LoadAsync(string reference, IProgress<(long Done, long Total)>? progress = null,
        CancellationToken cancellationToken = default) =>
        new(reference, await HuggingFaceHub.DownloadAsync(reference, WeightsFile, progress, cancellationToken).ConfigureAwait(false));

    /// <summary>Returns timm's name of the architecture without the tag of its weights; null where the repository names none.</summary>
    /// <exception cref="DownloadException">The repository has no <c>config.json</c>, or cannot be reached.</exception>
    /// <exception cref="InvalidDataException">The file is malformed.</exception>
    public static string? ArchitectureOf(string reference)
    {
        string path = HuggingFaceHub.DownloadAsync(reference, PreprocessorConfig.ConfigFileName).GetAwaiter().GetResult();
        return ConfigFile.Read(path).Text("architecture")?.Split('.')[0];
    }

    /// <summary>Returns the preprocessing that the repository describes.</summary>
    /// <exception cref="InvalidDataException">It describes none, or one that <see cref="Preprocessing"/> cannot do.</exception>
    public Preprocessing ReadPreprocessing() => PreprocessorConfig.FindBeside(Path) ?? throw new InvalidDataException(
        $"{Reference} does not say how images are prepared: it has neither transformers' {PreprocessorConfig.PreprocessorFile} nor timm's "
        + $"{PreprocessorConfig.ConfigFileName}. Give --resize, --crop, --mean and --std, or the option Preprocessing.");

    private ConfigFile? ReadConfig()
    {
        string path = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!, PreprocessorConfig.ConfigFileName);
        return File.Exists(path) ? ConfigFile.Read(path) : null;
    }
}
