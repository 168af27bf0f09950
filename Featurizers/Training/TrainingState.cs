using System.IO.Compression;
using System.Text.Json;
using TorchSharp.Modules;
using TransferKit.Weights;

namespace TransferKit.Training;

/// <summary>Where a training stands after an epoch. All that is random follows from the seed and the epoch, so no generator's state is kept.</summary>
internal sealed record TrainingState(string Fingerprint, int Phase, int PhaseEpoch, IReadOnlyList<EpochMetrics> History, int BestEpoch, double Rate)
{
    private const string Name = "state.json", OptimizerName = "optimizer.bin";

    /// <summary>Writes the state with its weights and the optimizer's, in one file that is either whole or not there.</summary>
    public void Write(string path, IReadOnlyDictionary<string, StateDict> weights, OptimizerHelper optimizer) => AtomicFile.Write(path, stream =>
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        using (var entry = Entry(Name))
            JsonSerializer.Serialize(entry, this);
        foreach (var (name, state) in weights)
            using (var entry = Entry(name + ".safetensors"))
                Safetensors.Write(entry, state);
        using (var entry = Entry(OptimizerName))
        using (var writer = new BinaryWriter(entry))
            optimizer.save_state_dict(writer);

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
                .ToDictionary(e => Path.GetFileNameWithoutExtension(e.Name), e => Safetensors.Read(Bytes(e), $"{path}, {e.Name}"));
            return new(state, weights, Bytes(Entry(zip, OptimizerName)));
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or EndOfStreamException)
        {
            throw new InvalidDataException($"'{path}' is no checkpoint that can be read: {e.Message}", e);
        }
    }

    private static ZipArchiveEntry Entry(ZipArchive zip, string name) => zip.GetEntry(name) ?? throw new InvalidDataException($"it has no {name}.");

    private static byte[] Bytes(ZipArchiveEntry entry)
    {
        byte[] bytes = new byte[entry.Length];
        using var stream = entry.Open();
        stream.ReadExactly(bytes);
        return bytes;
    }
}

/// <summary>What a checkpoint holds: the state, the weights (<c>model</c>, <c>best</c>, <c>average</c>), and the optimizer's own state.</summary>
internal sealed record CheckpointFile(TrainingState State, Dictionary<string, StateDict> Weights, byte[] Optimizer);
