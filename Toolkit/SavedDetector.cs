using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Detection;
using TransferKit.Images;
using TransferKit.Pipelines.Data;

namespace TransferKit.Toolkit;

/// <summary>A thing found in a photo.</summary>
/// <param name="Label">What.</param>
/// <param name="Score">How likely, from 0 to 1.</param>
/// <param name="Box">Left, top, right and bottom in pixels.</param>
internal sealed record DetectedObject(string Label, float Score, Box Box);

/// <summary>A detector from a model file.</summary>
internal sealed class SavedDetector : IDisposable
{
    private readonly ITransformer _model;
    private readonly PredictionEngine<Photo, Row> _engine;

    /// <summary>Loads an ML.NET model and checks that it finds things in photos at paths.</summary>
    /// <exception cref="InvalidDataException">The file is no ML.NET model, or another kind of one.</exception>
    public SavedDetector(FileInfo file)
    {
        var context = new MLContext();
        try
        {
            _model = context.Model.Load(file.FullName, out _);
            _engine = context.Model.CreatePredictionEngine<Photo, Row>(_model);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException or InvalidDataException or ArgumentException)
        {
            (_model as IDisposable)?.Dispose();
            throw new InvalidDataException($"'{file}' is no detector that can be loaded: {e.Message}", e);
        }
    }

    /// <summary>What is in a photo, the likeliest first.</summary>
    /// <exception cref="ImageFormatException">It is no readable image.</exception>
    public DetectedObject[] Find(string path)
    {
        var row = _engine.Predict(new Photo { ImagePath = path });
        return [.. row.PredictedLabel.Zip(row.Score, row.PredictedBoundingBoxes.Chunk(4)).Select(f => new DetectedObject(f.First, f.Second, new(f.Third[0], f.Third[1], f.Third[2], f.Third[3])))];
    }

    /// <summary>How good it is on images whose things are known; labels it gives beside those of the images never count.</summary>
    public CocoEvaluation Evaluate(AnnotatedImages images, IProgress<int> progress)
    {
        var results = new List<(IReadOnlyList<Detection.Detection>, IReadOnlyList<LabeledBox>)>();
        foreach (var image in images.Images)
        {
            results.Add(([.. Find(image.ImagePath).Select(f => new Detection.Detection(f.Box, 1 + images.Labels.ToList().IndexOf(f.Label), f.Score))], image.GroundTruth));
            progress.Report(results.Count);
        }
        return new CocoEvaluation(results) { Names = images.Labels };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _engine.Dispose();
        (_model as IDisposable)?.Dispose();
    }

    /// <summary>A photo by its path.</summary>
    public sealed class Photo
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class Row
    {
        public string[] PredictedLabel { get; set; } = [];

        public float[] PredictedBoundingBoxes { get; set; } = [];

        public float[] Score { get; set; } = [];
    }
}
