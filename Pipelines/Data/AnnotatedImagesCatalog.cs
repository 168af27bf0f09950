using TransferKit.Pipelines.Data;

// ML.NET's packages put their extension methods where MLContext is, so that they are found without a further using.
namespace Microsoft.ML;

/// <summary>Adds images with boxes to <c>mlContext.Data</c>.</summary>
public static class AnnotatedImagesCatalog
{
    /// <summary>
    /// Images with what is marked in them, of <see cref="PascalVocReader"/> or <see cref="CocoReader"/>, as columns: <c>ImagePath</c>;
    /// <c>Labels</c>, a vector of text; <c>BoundingBoxes</c>, left, top, right and bottom of each in pixels; <c>Crowd</c>, a vector of <see cref="bool"/>.
    /// </summary>
    public static IDataView LoadAnnotatedImages(this DataOperationsCatalog catalog, AnnotatedImages images)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(images);
        return catalog.LoadFromEnumerable(images.Images.Select(i => new Row
        {
            ImagePath = i.ImagePath,
            Labels = [.. i.GroundTruth.Select(t => images.Labels[t.Label - 1])],
            BoundingBoxes = [.. i.GroundTruth.SelectMany(t => new[] { t.Box.Left, t.Box.Top, t.Box.Right, t.Box.Bottom })],
            Crowd = [.. i.GroundTruth.Select(t => t.Crowd)],
        }).ToList());
    }

    private sealed class Row
    {
        public string ImagePath { get; set; } = "";

        public string[] Labels { get; set; } = [];

        public float[] BoundingBoxes { get; set; } = [];

        public bool[] Crowd { get; set; } = [];
    }
}
