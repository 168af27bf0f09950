using System.IO.Compression;
using System.Text.Json;
using TransferKit.Weights;

namespace TransferKit.Training;

/// <summary>Where a training stands after an epoch. All that is random follows from the seed and the epoch, so no generator's state is kept.</summary>
internal sealed record TrainingState(string Fingerprint, int Phase, int PhaseEpoch, IReadOnlyList<EpochMetrics> History, int BestEpoch, double Rate)
{
    private const string Name = "state.json";

    /// <summary>Writes the state with its weights and what the optimizer remembers, in one file that is either whole or not there.</summary>
    public void Write(string path, IReadOnlyDictionary<string, StateDict> weights) => AtomicFile.Write(path, stream =>
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        using (var entry = Entry(Name))
            JsonSerializer.Serialize(entry, this);
        foreach (var (name, state) in weights)
            using (var entry = Entry(name + ".safetensors"))
                Safetensors.Write(entry, state);

        Stream Entry(string name) => zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
    });

    /// <summary>Reads a state; the weights are copied into memory.</summary>
    /// <exception cref="InvalidDataException">The file is no checkpoint.</exception>
    public static CheckpointFile Read(string path)
    {
        try
        {
            using var zip = ZipFile.OpenRead(path);
            using var json = Entry(zip, Name).Open();
            var state = JsonSerializer.Deserialize<TrainingState>(json)!;
            var weights = zip.Entries.Where(e => e.Name.EndsWith(".safetensors", StringComparison.Ordinal))
                .ToDictionary(e => Path.GetFileNameWithoutExtension(e.Name), e => Safetensors.Read(e.ReadAllBytes(), $"{path}, {e.Name}"));
            return new(state, weights);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or EndOfStreamException)
        {
            throw new InvalidDataException($"'{path}' is no checkpoint that can be read: {e.Message}", e);
        }
    }

    private static ZipArchiveEntry Entry(ZipArchive zip, string name) => zip.GetEntry(name) ?? throw new InvalidDataException($"it has no {name}.");
}

/// <summary>What a checkpoint holds: the state, and tensors by what they are of: <c>model</c>, <c>best</c>, <c>average</c>, <c>optimizer</c>.</summary>
internal sealed record CheckpointFile(TrainingState State, Dictionary<string, StateDict> Weights);
