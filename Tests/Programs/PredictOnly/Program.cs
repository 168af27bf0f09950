using Microsoft.ML;

var context = new MLContext();
var model = context.Model.Load(args[0], out _);
using var engine = context.Model.CreatePredictionEngine<Photo, Prediction>(model);
foreach (string path in args[1..])
    Console.WriteLine($"{path}\t{engine.Predict(new Photo { ImagePath = path }).PredictedLabel}");

internal sealed class Photo
{
    public string ImagePath { get; set; } = "";

    public string Label { get; set; } = "";
}

internal sealed class Prediction
{
    public string PredictedLabel { get; set; } = "";
}
