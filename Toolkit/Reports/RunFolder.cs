using System.CommandLine;
using System.Text.Json;
using Microsoft.ML;
using TransferKit.Engines.Onnx;
using TransferKit.Images;
using TransferKit.Training;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Reports;

/// <summary>
/// The folder that <c>finetune</c>, <c>distill</c> and <c>detect train</c> write: arguments, metrics, weights, models and results. Disposed
/// before the first epoch is done, it leaves nothing behind.
/// </summary>
/// <param name="path">The folder.</param>
internal sealed class RunFolder(string path) : IDisposable
{
    private const string WeightsName = Checkpoint.BestName, ModelName = "model.zip", PageName = "report.html", OnnxName = "model.onnx",
        MetricsName = "results.csv", ReportName = "report.json", ArgumentsName = "arguments.json";

    private static readonly string[] ResultNames =
        [WeightsName, TrainingOptions.CheckpointName, OnnxName, ModelName, PageName, ReportName, MetricsName];

    private readonly RunArgumentsFile _arguments = new(Path.Combine(path, ArgumentsName));
    private readonly List<string> _created = [];
    private ParseResult? _command;
    private bool _isResumed;

    /// <summary>The path of the folder.</summary>
    public string Folder => path;

    /// <summary>The path of the weights of the best epoch.</summary>
    public string Weights { get; } = Path.Combine(path, WeightsName);

    /// <summary>The path of the ML.NET model.</summary>
    public string Model { get; } = Path.Combine(path, ModelName);

    /// <summary>The path of the ONNX model.</summary>
    public string Onnx { get; } = Path.Combine(path, OnnxName);

    /// <summary>The path of the HTML report.</summary>
    public string Page { get; } = Path.Combine(path, PageName);

    private string[] Results => [.. ResultNames.Where(name => File.Exists(Path.Combine(path, name)))];

    private bool HasCheckpoint => Results.Contains(TrainingOptions.CheckpointName);

    /// <summary>Checks that the folder can be written, and that it does not hold another run.</summary>
    /// <param name="resume">Whether the run in the folder is to be resumed.</param>
    /// <param name="force">Whether it may be replaced.</param>
    /// <exception cref="IOException">The folder holds a run, or one without a checkpoint where it is to be resumed.</exception>
    public void Check(bool resume, bool force)
    {
        AtomicFile.Check(Path.Combine(path, TrainingOptions.CheckpointName));
        if (force || Results.Length == 0 || (resume && HasCheckpoint))
            return;
        string held = $"'{path}' holds a run already ({string.Join(", ", Results)})";
        string goOn = resume ? $", but no {TrainingOptions.CheckpointName} to resume it from:" : ": resume it with --resume,";
        throw new IOException($"{held}{goOn} replace it with --force, or name another folder with --out.");
    }

    /// <summary>Writes the arguments of the command and deletes the files of an earlier run, unless it is resumed.</summary>
    /// <param name="output">Prints what resuming does.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="options">The options of the training.</param>
    public void Start(CommandOutput output, ParseResult parsed, TrainingOptions options)
    {
        (_command, _isResumed) = (parsed, options.Resume && HasCheckpoint);
        if (_isResumed)
        {
            if (_arguments.Epochs is { } epochs && epochs < options.Epoch && options.Schedule != ScheduleKind.Constant)
                output.Log($"The run goes on from {epochs} to {options.Epoch} epochs: its learning rate follows the schedule of "
                    + $"{options.Epoch} epochs from now on.");
            return;
        }
        if (options.Resume)
            output.Log($"'{path}' has no checkpoint yet: the training starts at its first epoch.");
        for (string? folder = Path.GetFullPath(path); !Directory.Exists(folder); folder = Path.GetDirectoryName(folder)!)
            _created.Add(folder);
        foreach (string name in Results)
            File.Delete(Path.Combine(path, name));
        _arguments.Write(parsed);
    }

    /// <summary>Runs the training. Where the run that it resumes had other settings, the options that differ are named.</summary>
    /// <exception cref="ArgumentException">The run had other settings.</exception>
    public T Train<T>(Func<T> train)
    {
        try
        {
            return train();
        }
        catch (ResumeException e)
        {
            // Without a changed option, the images have changed.
            string settings = string.Join("; ", _arguments.Changes(_command!) is { Length: > 0 } changes ? changes : e.Changes);
            throw new ArgumentException($"The run in '{path}' had other settings ({settings}). Resume it with the same ones (more epochs "
                + "are allowed), replace it with --force, or name another folder with --out.", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_command is null || Results.Length > 0)
            return;
        _arguments.Delete();
        foreach (string folder in _created.TakeWhile(f => !Directory.EnumerateFileSystemEntries(f).Any()))
            Directory.Delete(folder);
    }

    /// <summary>Writes the weights and the metrics of a network, and the network as an ONNX model.</summary>
    /// <param name="trained">The network.</param>
    /// <param name="labels">The labels of its classes; null where they have none.</param>
    public void Save(TrainedNetwork trained, IReadOnlyList<string>? labels)
    {
        var (network, preprocessing, history, _) = trained;
        Save(network.Graph.State.ToDictionary(s => s.Key, s => network.Weights[s.Key]), history, preprocessing);
        OnnxExport.Write(network.WithProbabilities(), Onnx,
            new OnnxOptions { OutputName = "probabilities", Normalization = preprocessing, Labels = labels });
    }

    /// <summary>Writes weights and metrics.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="history">The metrics of each epoch.</param>
    /// <param name="preprocessing">The preprocessing that belongs to the weights, if the weights' file should name it.</param>
    public void Save(IReadOnlyDictionary<string, TensorData> weights, TrainingHistory history, Preprocessing? preprocessing = null)
    {
        // A resumed run keeps the arguments that its checkpoint is of until the trainer has accepted the new ones.
        if (_isResumed)
            _arguments.Write(_command!);
        Safetensors.Write(Weights, weights, preprocessing);
        AtomicFile.Write(Path.Combine(path, MetricsName), stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true);
            foreach (string line in MetricsTable.Lines(history))
                writer.WriteLine(line);
        });
    }

    /// <summary>Writes the ML.NET model.</summary>
    /// <param name="context">The context.</param>
    /// <param name="model">The model.</param>
    /// <param name="train">The view that it was trained on.</param>
    public void Save(MLContext context, ITransformer model, IDataView train) =>
        AtomicFile.Replace(Model, temporary => context.Model.Save(model, train.Schema, temporary));

    /// <summary>Writes the results as JSON: the best epoch, the result that the command prints, and the metrics of each epoch.</summary>
    /// <param name="bestEpoch">The number of the best epoch, counted from 1.</param>
    /// <param name="result">The result that the command prints.</param>
    /// <param name="history">The metrics of each epoch.</param>
    public void WriteReport(int bestEpoch, object result, TrainingHistory history) =>
        WriteJson(ReportName, new RunReport(bestEpoch, result, history));

    private void WriteJson(string name, object content) =>
        AtomicFile.Write(Path.Combine(path, name), stream => JsonSerializer.Serialize(stream, content, JsonFormat.Options));

    private sealed record RunReport(int BestEpoch, object Result, IReadOnlyList<EpochMetrics> History);
}
