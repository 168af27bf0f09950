using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using TransferKit.Engines.Onnx;
using TransferKit.Training;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Reports;

/// <summary>What <c>finetune</c>, <c>distill</c> and <c>detect train</c> leave: arguments, the course of the training, weights, models, the result.</summary>
internal sealed class RunFolder(string path)
{
    /// <summary>The folder.</summary>
    public string Folder => path;

    /// <summary>The weights of the best epoch.</summary>
    public string Weights { get; } = Path.Combine(path, "best.safetensors");

    /// <summary>The ML.NET model.</summary>
    public string Model { get; } = Path.Combine(path, "model.zip");

    /// <summary>The report for people.</summary>
    public string Page { get; } = Path.Combine(path, "report.html");

    /// <summary>Writes down what was asked for, removes what an earlier run has left, and fails now if nothing could be written later.</summary>
    public void Start(ParseResult parsed, bool resume)
    {
        string checkpoint = Path.Combine(path, TrainingOptions.CheckpointName);
        AtomicFile.Check(checkpoint);
        // A run that goes on keeps the arguments it was begun with; the trainer refuses others.
        if (resume && File.Exists(checkpoint))
            return;
        foreach (string name in new[] { "best.safetensors", TrainingOptions.CheckpointName, "model.onnx", "model.zip", "report.html", "report.json", "results.csv" })
            File.Delete(Path.Combine(path, name));
        var command = parsed.CommandResult.Command;
        var arguments = command.Arguments.ToDictionary(a => a.Name, a => (string?)string.Join(' ', parsed.GetResult(a)?.Tokens.Select(t => t.Value) ?? []));
        foreach (var option in command.Options.Where(o => o.Name != "--help"))
            arguments[option.Name] = parsed.GetResult(option) is { } result ? string.Join(' ', result.Tokens.Select(t => t.Value)) is { Length: > 0 } given ? given : Default(result) : null;
        Write("arguments.json", arguments);
    }

    /// <summary>Writes the weights, the network and the course of the training.</summary>
    public void Save(TrainedNetwork trained)
    {
        Save(trained.Network.Graph.State.ToDictionary(s => s.Key, s => trained.Network.Weights[s.Key]), trained.History);
        OnnxExport.Write(trained.Network.WithProbabilities(), Path.Combine(path, "model.onnx"), new OnnxOptions { Normalize = trained.Preprocessing });
    }

    /// <summary>Writes weights and the course of the training.</summary>
    public void Save(IReadOnlyDictionary<string, TensorData> weights, IEnumerable<EpochMetrics> history)
    {
        Safetensors.Write(Weights, weights);
        AtomicFile.Write(Path.Combine(path, "results.csv"), stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true);
            writer.WriteLine("phase,epoch,learning_rate,cross_entropy,accuracy,validation_cross_entropy,validation_accuracy,seconds");
            foreach (var m in history)
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{m.Phase},{m.Epoch},{m.LearningRate},{m.CrossEntropy},{m.Accuracy},{m.ValidationCrossEntropy},{m.ValidationAccuracy},{m.Seconds}"));
        });
    }

    /// <summary>Writes the ML.NET model.</summary>
    public void Save(MLContext context, ITransformer classifier, IDataView train) =>
        AtomicFile.Replace(Model, temporary => context.Model.Save(classifier, train.Schema, temporary));

    /// <summary>Writes how it went.</summary>
    public void Report(object result) => Write("report.json", result);

    private static string? Default(System.CommandLine.Parsing.OptionResult result) => Convert.ToString(result.GetValueOrDefault<object>(), CultureInfo.InvariantCulture);

    private void Write(string name, object content) =>
        AtomicFile.Write(Path.Combine(path, name), stream => JsonSerializer.Serialize(stream, content, JsonFormat.Options));
}
