using TransferKit.Pipelines.Data;

// ML.NET's packages put their extension methods where MLContext is, so that they are found without a further using.
namespace Microsoft.ML;

/// <summary>Adds annotated images to <c>mlContext.Data</c>.</summary>
public static class AnnotatedImagesCatalog
{
    /// <summary>Loads annotated images with the columns that <c>FineTuneDetector</c> and <c>EvaluateDetections</c> expect.</summary>
    /// <remarks>
    /// The columns are <c>ImagePath</c>, text; <c>Labels</c>, a vector of text; <c>BoundingBoxes</c>, a vector of left, top, right and
    /// bottom of each object in pixels; <c>Crowd</c> and <c>Difficult</c>, vectors of <see cref="bool"/>.
    /// </remarks>
    /// <param name="catalog">The catalog.</param>
    /// <param name="images">The images, read by <see cref="PascalVocReader"/> or <see cref="CocoReader"/>.</param>
    public static IDataView LoadAnnotatedImages(this DataOperationsCatalog catalog, AnnotatedImages images)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(images);
        return catalog.LoadFromEnumerable(images.Images.Select(i => new Row
        {
            ImagePath = i.ImagePath,
            Labels = [.. i.GroundTruth.Select(o => images.Labels[o.Label - 1])],
            BoundingBoxes = [.. i.GroundTruth.SelectMany(o => new[] { o.Box.Left, o.Box.Top, o.Box.Right, o.Box.Bottom })],
            Crowd = [.. i.GroundTruth.Select(o => o.IsCrowd)],
            Difficult = [.. i.GroundTruth.Select(o => o.IsDifficult)],
        }).ToList());
    }

    private sealed class Row
    {
        public string ImagePath { get; set; } = "";

        public string[] Labels { get; set; } = [];

        public float[] BoundingBoxes { get; set; } = [];

        public bool[] Crowd { get; set; } = [];

        public bool[] Difficult { get; set; } = [];
    }
}
