using System.Globalization;
using System.Text.Json.Serialization;
using Spectre.Console;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Evaluating;

namespace TransferKit.Toolkit.Reports;

/// <summary>What <c>train</c> and <c>evaluate</c> say of a run.</summary>
internal sealed class RunResult(Evaluation evaluation, int images, TimeSpan running, TimeSpan whole, string model, params ImageFolder[] folders)
{
    /// <summary>Each image with what was predicted of it; reports show more of it than the command prints.</summary>
    [JsonIgnore]
    public Evaluation Evaluation => evaluation;

    public int Correct => evaluation.Correct;

    public int Total => evaluation.Total;

    public double Accuracy => evaluation.Accuracy;

    public IReadOnlyList<string> Classes => evaluation.Classes;

    public IReadOnlyList<ClassFigures> PerClass => evaluation.PerClass;

    public int[][] Confusion => evaluation.Confusion;

    public double ImagesPerSecond { get; } = Math.Round(images / running.TotalSeconds, 1);

    public double Seconds { get; } = Math.Round(whole.TotalSeconds, 2);

    public string Model { get; } = model;

    /// <summary>The report's path, where one was written.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Report { get; set; }

    public IEnumerable<FileRemark> Skipped { get; } = folders.SelectMany(f => f.Skipped).Distinct();

    public IEnumerable<FileRemark> Remarks { get; } = folders.SelectMany(f => f.Remarks).Distinct();

    public void Print(IAnsiConsole console)
    {
        console.WriteLine(evaluation.ToString());
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Seconds:0.0} s, {ImagesPerSecond:0.0} images/s; the model is {Model}{(Report is null ? "" : $", the report {Report}")}"));
    }
}
