using System.IO.Compression;
using System.Text.Json;
using TransferKit.Weights;

namespace TransferKit.Training;

/// <summary>
/// The state of a training after an epoch. All random numbers follow from the seed and the epoch, so no generator's state is needed.
/// </summary>
/// <param name="Fingerprint">Describes the training.</param>
/// <param name="Phase">The number of the phase, counted from 0.</param>
/// <param name="PhaseEpoch">The number of epochs of the phase that are done.</param>
/// <param name="History">The metrics of all epochs.</param>
/// <param name="BestEpoch">The number of the best epoch, counted from 1.</param>
/// <param name="LearningRate">The highest learning rate of the phase.</param>
internal sealed record TrainingState(SortedDictionary<string, string> Fingerprint, int Phase, int PhaseEpoch,
    IReadOnlyList<EpochMetrics> History, int BestEpoch, double LearningRate)
{
    private const string Name = "state.json", WeightsExtension = ".safetensors";

    /// <summary>Writes the state with weights and the optimizer's state to one file, atomically.</summary>
    public void Write(string path, IReadOnlyDictionary<string, StateDict> weights) => AtomicFile.Write(path, stream =>
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        using (var entry = Create(Name))
            JsonSerializer.Serialize(entry, this);
        foreach (var (name, state) in weights)
            using (var entry = Create(name + WeightsExtension))
                Safetensors.Write(entry, state);

        Stream Create(string name) => zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
    });

    /// <summary>Reads a checkpoint; the weights are copied into memory.</summary>
    /// <exception cref="InvalidDataException">The file is not a checkpoint.</exception>
    public static CheckpointFile Read(string path)
    {
        try
        {
            using var zip = ZipFile.OpenRead(path);
            var entry = zip.GetEntry(Name) ?? throw new InvalidDataException($"it has no entry {Name}.");
            using var json = entry.Open();
            var state = JsonSerializer.Deserialize<TrainingState>(json)!;
            var weights = zip.Entries.Where(e => e.Name.EndsWith(WeightsExtension, StringComparison.Ordinal))
                .ToDictionary(e => Path.GetFileNameWithoutExtension(e.Name), e => Safetensors.Read(e.ReadAllBytes(), $"{path}, {e.Name}"));
            return new(state, weights);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or EndOfStreamException)
        {
            throw new InvalidDataException($"The checkpoint '{path}' cannot be read: {e.Message}", e);
        }
    }
}
