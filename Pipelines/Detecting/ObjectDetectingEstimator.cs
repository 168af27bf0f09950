using Microsoft.ML;
using TransferKit.Detection;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Pipelines.Saving;
using TransferKit.Weights;

namespace TransferKit.Pipelines.Detecting;

/// <summary>
/// Finds things in images. What it fits is built-in transformers, which ML.NET saves as they are and which need no libtorch: two
/// OnnxTransformers hold the detector's networks, custom mappings do what lies before, between and after them.
/// </summary>
public sealed class ObjectDetectingEstimator : IEstimator<ObjectDetectingTransformer>
{
    private readonly Options _options;

    internal ObjectDetectingEstimator(Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Side is < 64 || options.Side % 32 > 0)
            throw new ArgumentException($"A square of {options.Side} pixels is impossible: 64 or more, and a multiple of 32.", nameof(options));
        if (options.Detector.Channels * 49 != DetectionColumns.Pixels)
            throw new ArgumentException($"A detector of {options.Detector.Channels} channels cannot be saved: 256 are needed.", nameof(options));
        _options = options;
    }

    /// <summary>How things are found.</summary>
    public sealed class Options
    {
        /// <summary>The column that holds the images: paths, encoded bytes, or MLImage.</summary>
        public string ImageColumnName { get; set; } = "ImagePath";

        /// <summary>The column that takes the names of what was found, the likeliest first.</summary>
        public string PredictedLabelColumnName { get; set; } = "PredictedLabel";

        /// <summary>The column that takes the boxes: left, top, right and bottom of each, in pixels of the image.</summary>
        public string PredictedBoundingBoxColumnName { get; set; } = "PredictedBoundingBoxes";

        /// <summary>The column that takes the scores, from 0 to 1.</summary>
        public string ScoreColumnName { get; set; } = "Score";

        /// <summary>The architecture.</summary>
        public FasterRcnn Detector { get; set; } = Detectors.Get("fasterrcnn_mobilenet_v3_large_320_fpn");

        /// <summary>The weights; null for the published ones.</summary>
        public StateDict? Weights { get; set; }

        /// <summary>The names of classes from 1 on; null for COCO's.</summary>
        public IReadOnlyList<string>? Labels { get; set; }

        /// <summary>The side of the square that images are shown on, in pixels, a multiple of 32: their longer side fills it; null for the detector's own.</summary>
        public int? Side { get; set; }

        /// <summary>The lowest score of a detection, from 0 to 1.</summary>
        public float Score { get; set; } = 0.05f;

        /// <summary>Whether what was found is named by keys, and not by text.</summary>
        internal bool GivesKeys { get; set; }

        /// <summary>The side, as given or as it suits the detector.</summary>
        internal int ShownSide => Side ?? Detector.Transform.Side;
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        ImageColumn.Check(inputSchema, _options.ImageColumnName);
        var transforms = new MLContext().Transforms;
        return transforms.CustomMapping<Nothing, FoundRow>((_, _) => { }, null)
            .Append(SavedDetector.Named(transforms, _options))
            .Append(transforms.DropColumns(DetectionColumns.Label, DetectionColumns.Found, DetectionColumns.Score)).GetOutputSchema(inputSchema);
    }

    /// <inheritdoc/>
    public ObjectDetectingTransformer Fit(IDataView input) => Fit(input, trained: null);

    internal ObjectDetectingTransformer Fit(IDataView input, TrainedDetector? trained)
    {
        ArgumentNullException.ThrowIfNull(input);
        var type = ImageColumn.Of(input.Schema, _options.ImageColumnName).Type;
        var weights = _options.Weights ?? DetectorWeights.Load(_options.Detector);
        int classes = weights["roi_heads.box_predictor.cls_score.bias"].Count;
        var labels = _options.Labels ?? [.. Enumerable.Range(1, classes - 1).Select(CocoLabels.Of)];
        return labels.Count == classes - 1 ? new ObjectDetectingTransformer(new SavedDetector(_options, weights, labels, type), trained)
            : throw new ArgumentException($"{labels.Count} labels do not name the {classes - 1} classes of the weights.");
    }
}
