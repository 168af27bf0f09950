using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Detection;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Pipelines.Saving;
using TransferKit.Weights;

namespace TransferKit.Pipelines.Detecting;

/// <summary>Creates the transformer that detects objects in images; nothing is trained.</summary>
public sealed class ObjectDetectingEstimator : IEstimator<ObjectDetectingTransformer>
{
    private readonly Options _options;
    private readonly ObjectDetector? _detector;

    internal ObjectDetectingEstimator(Options options, ObjectDetector? detector = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (detector is { Transform.InputSize: null })
            throw new ArgumentException(
                "The detector has no fixed input size: give its architecture a Transform with an InputSize, which saved models have.",
                nameof(detector));
        (_options, _detector) = (options.Copy(), detector);
    }

    /// <summary>The columns and the detector.</summary>
    public sealed class Options
    {
        /// <summary>The image column: paths, encoded bytes, or MLImage.</summary>
        public string ImageColumnName { get; set; } = "ImagePath";

        /// <summary>The column that receives the labels of the detections; those with the highest scores come first.</summary>
        public string PredictedLabelColumnName { get; set; } = "PredictedLabel";

        /// <summary>The column that receives the boxes: left, top, right and bottom of each, in pixels of the image.</summary>
        public string PredictedBoundingBoxColumnName { get; set; } = "PredictedBoundingBoxes";

        /// <summary>The column that receives the scores, from 0 to 1.</summary>
        public string ScoreColumnName { get; set; } = "Score";

        /// <summary>The architecture.</summary>
        public FasterRcnn Detector { get; set; } = Detectors.Get(Detectors.Default);

        /// <summary>The weights; null for the published ones.</summary>
        public StateDict? Weights { get; set; }

        /// <summary>The names of the classes without the background; null for COCO's, if the weights have its 90 classes.</summary>
        public IReadOnlyList<string>? Labels { get; set; }

        /// <summary>
        /// The width and height of the network's input in pixels, a multiple of 32, which the image's longer side fills; null for the
        /// detector's own.
        /// </summary>
        public int? InputSize { get; set; }

        /// <summary>The lowest score of a detection, from 0 to 1.</summary>
        public float ScoreThreshold { get; set; } = 0.05f;

        /// <summary>Whether labels are keys instead of text.</summary>
        internal bool LabelsAreKeys { get; set; }

        internal Options Copy()
        {
            var copy = (Options)MemberwiseClone();
            copy.Labels = Labels is null ? null : [.. Labels];
            return copy;
        }

        internal void Validate()
        {
            if (InputSize is < 64 || InputSize % 32 > 0)
                throw new ArgumentException(
                    $"An input size of {InputSize} is invalid: it must be a multiple of 32, at least 64 (320 is usual).");
            if (Detector.Channels * 49 != DetectionColumns.RegionCount)
                throw new ArgumentException($"A detector with {Detector.Channels} channels is invalid: saved models need 256.");
            if (!(ScoreThreshold is >= 0 and <= 1))
                throw new ArgumentException($"A score threshold of {ScoreThreshold} is invalid: it must be from 0 to 1 (0.05 is usual).");
        }

        /// <summary>The detector with everything that these options say about it.</summary>
        internal ObjectDetector CreateDetector()
        {
            int size = InputSize ?? Detector.Transform.InputSize ?? Detector.Transform.DefaultInputSize;
            var proposals = Detector.Proposals;
            var detector = Detector with
            {
                Transform = Detector.Transform.WithInputSize(size),
                Proposals = proposals with { PostNmsTopN = Math.Min(proposals.PostNmsTopN, DetectionColumns.MaxProposals) },
                Detections = Detector.Detections with { ScoreThreshold = ScoreThreshold },
            };
            return new ObjectDetector(detector, Weights ?? DetectorWeights.Load(Detector), Labels);
        }

        /// <summary>Renames the columns of the results.</summary>
        internal EstimatorChain<ITransformer> OutputColumns(TransformsCatalog transforms)
        {
            IEstimator<ITransformer> labels = LabelsAreKeys
                ? transforms.Conversion.MapValueToKey([new(PredictedLabelColumnName, DetectionColumns.Labels)], keyData: KeyData())
                : transforms.CopyColumns(PredictedLabelColumnName, DetectionColumns.Labels);
            return new EstimatorChain<ITransformer>()
                .Append(labels)
                .Append(transforms.CopyColumns(PredictedBoundingBoxColumnName, DetectionColumns.Boxes))
                .Append<ITransformer>(transforms.CopyColumns(ScoreColumnName, DetectionColumns.Scores));
        }

        private IDataView? KeyData() =>
            Labels is null ? null : new MLContext().Data.LoadFromEnumerable(Labels.Select(label => new KeyName(label)).ToList());
    }

    /// <summary>Creates the transformer. Weights are downloaded if they are needed and not in the cache.</summary>
    /// <param name="input">A view with the image column.</param>
    /// <exception cref="ArgumentException">The view has no image column of this name, or the labels do not match the weights.</exception>
    /// <exception cref="DownloadException">The weights could not be downloaded.</exception>
    public ObjectDetectingTransformer Fit(IDataView input) => Fit(input, trained: null);

    internal ObjectDetectingTransformer Fit(IDataView input, TrainedDetector? trained)
    {
        ArgumentNullException.ThrowIfNull(input);
        var imageType = ImageColumn.Of(input.Schema, _options.ImageColumnName).Type;
        return new ObjectDetectingTransformer(_detector ?? _options.CreateDetector(), _options, imageType, trained);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        ImageColumn.Check(inputSchema, _options.ImageColumnName);
        var transforms = new MLContext().Transforms;
        return transforms.CustomMapping<EmptyRow, DetectionsRow>((_, _) => { }, null)
            .Append(_options.OutputColumns(transforms))
            .Append(transforms.DropColumns(DetectionColumns.Results))
            .GetOutputSchema(inputSchema);
    }

    private sealed record KeyName(string Name);
}
