using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using TransferKit.Engines.Onnx;
using TransferKit.Images;
using TransferKit.Training;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Reports;

/// <summary>
/// The folder that <c>finetune</c>, <c>distill</c> and <c>detect train</c> write: arguments, metrics, weights, models and results.
/// </summary>
/// <param name="path">The folder.</param>
internal sealed class RunFolder(string path)
{
    private const string WeightsName = Checkpoint.BestName, ModelName = "model.zip", PageName = "report.html", OnnxName = "model.onnx",
        MetricsName = "results.csv", ReportName = "report.json", ArgumentsName = "arguments.json";

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

    /// <summary>
    /// Writes the arguments of the command and deletes the files of an earlier run. Fails where the folder cannot be written.
    /// </summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="resume">Whether to keep the files of a run that was interrupted. The trainer refuses other arguments than it
    /// had.</param>
    public void Start(ParseResult parsed, bool resume)
    {
        string checkpoint = Path.Combine(path, TrainingOptions.CheckpointName);
        AtomicFile.Check(checkpoint);
        if (resume && File.Exists(checkpoint))
            return;
        string[] earlier = [WeightsName, TrainingOptions.CheckpointName, OnnxName, ModelName, PageName, ReportName, MetricsName];
        foreach (string name in earlier)
            File.Delete(Path.Combine(path, name));
        var command = parsed.CommandResult.Command;
        var arguments = command.Arguments.ToDictionary(a => a.Name, a => Given(parsed.GetResult(a)));
        foreach (var option in command.Options.Where(o => o.Name != "--help"))
            arguments[option.Name] = parsed.GetResult(option) is { } result ? Given(result) ?? Default(result) : null;
        WriteJson(ArgumentsName, arguments);
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

    private static string? Given(SymbolResult? result)
    {
        string values = string.Join(' ', result?.Tokens.Select(t => t.Value) ?? []);
        return values.Length > 0 || result is ArgumentResult ? values : null;
    }

    private static string? Default(OptionResult result) =>
        Convert.ToString(result.GetValueOrDefault<object>(), CultureInfo.InvariantCulture);

    private void WriteJson(string name, object content) =>
        AtomicFile.Write(Path.Combine(path, name), stream => JsonSerializer.Serialize(stream, content, JsonFormat.Options));

    private sealed record RunReport(int BestEpoch, object Result, IReadOnlyList<EpochMetrics> History);
}
