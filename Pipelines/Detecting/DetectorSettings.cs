using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using TransferKit.Detection;

namespace TransferKit.Pipelines.Detecting;

/// <summary>Everything of a detector but its two networks; saved models hold it as JSON.</summary>
/// <param name="Side">The width and height of the network's input, in pixels.</param>
/// <param name="Labels">The names of the classes without the background.</param>
internal sealed record DetectorSettings(int Side, IReadOnlyList<string> Labels)
{
    private static readonly ConcurrentDictionary<string, DetectorSettings> Parsed = new();

    private static readonly JsonSerializerOptions Json = new()
    {
        IgnoreReadOnlyProperties = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The name of the architecture in models of version 0.1.0, instead of everything below.</summary>
    public string? Detector { get; init; }

    /// <summary>The lowest score of a detection in models of version 0.1.0, from 0 to 1.</summary>
    public float? Score { get; init; }

    /// <summary>The means of red, green and blue, from 0 to 1.</summary>
    public IReadOnlyList<float>? Mean { get; init; }

    /// <summary>The standard deviations of red, green and blue, from 0 to 1.</summary>
    public IReadOnlyList<float>? Std { get; init; }

    /// <summary>The maps of the feature pyramid with their anchors.</summary>
    public IReadOnlyList<PyramidLevel>? Levels { get; init; }

    /// <summary>The selection of proposals.</summary>
    public ProposalSelection? Proposals { get; init; }

    /// <summary>The selection of detections.</summary>
    public DetectionSelection? Detections { get; init; }

    /// <summary>The steps that are not part of the networks: preprocessing, proposals, RoIAlign and the selection of detections.</summary>
    public DetectionSteps Steps => field ??= Detector is null ? CreateSteps() : StepsOf(Detector);

    /// <summary>The settings of a detector.</summary>
    /// <param name="detector">The detector, which has a fixed input size.</param>
    public static DetectorSettings Of(ObjectDetector detector)
    {
        int side = detector.Transform.InputSize!.Value;
        var steps = detector.Steps(side, side);
        return new(side, detector.Labels)
        {
            Mean = steps.Transform.Mean,
            Std = steps.Transform.Std,
            Levels = steps.Levels,
            Proposals = steps.Proposals,
            Detections = steps.Detections,
        };
    }

    /// <summary>Reads the JSON; the same text gives the same object.</summary>
    /// <exception cref="InvalidDataException">The text does not hold settings.</exception>
    public static DetectorSettings Parse(string text) => Parsed.GetOrAdd(text, static json =>
        JsonSerializer.Deserialize<DetectorSettings>(json, Json)
        ?? throw new InvalidDataException($"The saved detector settings '{json}' are invalid: they must be a JSON object."));

    /// <summary>Writes the JSON.</summary>
    public string Format() => JsonSerializer.Serialize(this, Json);

    private DetectionSteps CreateSteps()
    {
        if (Mean is null || Std is null || Levels is null || Proposals is null || Detections is null)
            throw new InvalidDataException($"The saved detector settings '{Format()}' are incomplete.");
        var transform = new DetectionTransform().WithInputSize(Side) with { Mean = Mean, Std = Std };
        return new(transform, Side, Side, Levels) { Proposals = Proposals, Detections = Detections };
    }

    // The name is torchvision's, or fasterrcnn_ and the name of a registered backbone. Pixels were normalized with ImageNet's mean and
    // standard deviation whatever the backbone.
    private DetectionSteps StepsOf(string detectorName)
    {
        var detector = Detectors.All.FirstOrDefault(d => d.Name == detectorName)
            ?? Detectors.WithBackbone(detectorName[Detectors.NamePrefix.Length..]);
        var steps = detector.Steps(Side, Side);
        return new(new DetectionTransform().WithInputSize(Side), Side, Side, steps.Levels)
        {
            Proposals = steps.Proposals with { PostNmsTopN = Math.Min(steps.Proposals.PostNmsTopN, DetectionColumns.MaxProposals) },
            Detections = steps.Detections with { ScoreThreshold = Score ?? steps.Detections.ScoreThreshold },
        };
    }
}
