using System.Globalization;
using System.Text.Json.Serialization;
using Spectre.Console;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Evaluating;

namespace TransferKit.Toolkit.Reports;

/// <summary>The result of <c>train</c>, <c>finetune</c> and <c>evaluate</c>, as it is printed and written as JSON.</summary>
/// <param name="evaluation">The evaluation on the test images.</param>
/// <param name="images">The number of images processed.</param>
/// <param name="processing">The time spent on these images.</param>
/// <param name="total">The time of the whole command.</param>
/// <param name="model">The path of the model file.</param>
/// <param name="folders">The folders that were read, whose remarks are shown.</param>
internal sealed class RunResult(
    Evaluation evaluation, int images, TimeSpan processing, TimeSpan total, string model, params ImageFolder[] folders)
{
    /// <summary>The evaluation with each image's prediction, for the report; the JSON has only its figures.</summary>
    [JsonIgnore]
    public Evaluation Evaluation => evaluation;

    /// <summary>The number of images predicted correctly.</summary>
    public int Correct => evaluation.Correct;

    /// <summary>The number of test images.</summary>
    public int Total => evaluation.Total;

    /// <summary>The accuracy, from 0 to 1.</summary>
    public double Accuracy => evaluation.Accuracy;

    /// <summary>The expected calibration error, from 0 to 1; null where the scores are decision values.</summary>
    public double? ExpectedCalibrationError => evaluation.CalibrationError;

    /// <summary>The classes, in ordinal order.</summary>
    public IReadOnlyList<string> Classes => evaluation.Classes;

    /// <summary>The metrics of each class.</summary>
    public IReadOnlyList<ClassMetrics> PerClass => evaluation.PerClass;

    /// <summary>The confusion matrix; rows are true classes.</summary>
    public int[][] Confusion => evaluation.Confusion;

    /// <summary>The images processed per second.</summary>
    public double ImagesPerSecond { get; } = Math.Round(images / processing.TotalSeconds, 1);

    /// <summary>The time of the whole command in seconds.</summary>
    public double Seconds { get; } = Math.Round(total.TotalSeconds, 2);

    /// <summary>The path of the model file.</summary>
    public string Model { get; } = model;

    /// <summary>The path of the model as an ONNX file; null where none was written.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Onnx { get; init; }

    /// <summary>The path of the report; null where none was written.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Report { get; set; }

    /// <summary>The files that were left out.</summary>
    public IEnumerable<FileRemark> Skipped { get; } = folders.SelectMany(f => f.Skipped).Distinct();

    /// <summary>Remarks on files that were read.</summary>
    public IEnumerable<FileRemark> Remarks { get; } = folders.SelectMany(f => f.Remarks).Distinct();

    /// <summary>Prints the result as text.</summary>
    /// <param name="console">The console.</param>
    public void Print(IAnsiConsole console)
    {
        console.WriteLine(evaluation.ToString());
        console.WriteLine($"Model:  {Model}");
        if (Onnx is not null)
            console.WriteLine($"ONNX:   {Onnx}");
        if (Report is not null)
            console.WriteLine($"Report: {Report}");
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Time:   {Seconds:0.0} s, {ImagesPerSecond:0.0} images/s"));
    }
}
