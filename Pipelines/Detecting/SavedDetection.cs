using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text.Json;
using TransferKit.Detection;
using TransferKit.Images;
using Found = TransferKit.Detection.Detection;

namespace TransferKit.Pipelines.Detecting;

/// <summary>What of a detector is neither of its two networks: travels as text in a saved model.</summary>
/// <param name="Detector">The architecture's name.</param>
/// <param name="Side">The side of the square that images are shown on, in pixels.</param>
/// <param name="Labels">The names of classes from 1 on.</param>
/// <param name="Score">The lowest score of a detection, from 0 to 1.</param>
internal sealed record SavedDetection(string Detector, int Side, IReadOnlyList<string> Labels, float Score)
{
    private static readonly ConcurrentDictionary<string, SavedDetection> Known = new();
    private FasterRcnn? _architecture;
    private ProposalLayout? _layout;

    /// <summary>Reads the text; the same object for the same text.</summary>
    /// <exception cref="InvalidDataException">The text is no such settings.</exception>
    public static SavedDetection Parse(string text) => Known.GetOrAdd(text, static t => JsonSerializer.Deserialize<SavedDetection>(t) ?? throw new InvalidDataException($"'{t}' says nothing of a detector."));

    /// <summary>The text.</summary>
    public string Format() => JsonSerializer.Serialize(this);

    private FasterRcnn Architecture => _architecture ??= Detectors.Find(Detector);

    private ProposalLayout Layout => _layout ??= new ProposalLayout(Architecture, Side, Side);

    /// <summary>Puts an image on its square.</summary>
    public Picture Canvas(Picture picture) => DetectionTransform.Canvas(picture, Shown(picture.Width, picture.Height), Side);

    /// <summary>Chooses proposals and cuts them out.</summary>
    public (float[] Boxes, float[] Regions) Propose(ReadOnlyMemory<float> maps, int width, int height)
    {
        var size = Shown(width, height);
        var boxes = (Architecture.Proposals with { After = Math.Min(Architecture.Proposals.After, DetectionColumns.Proposals) }).Choose(Layout.Proposals(maps), size.Height, size.Width);
        float[] regions = new float[DetectionColumns.Proposals * DetectionColumns.Pixels];
        Layout.Pool(maps, boxes, new float[Layout.Pooled], regions);
        return (MemoryMarshal.Cast<Box, float>(boxes).ToArray(), regions);
    }

    /// <summary>Says what is in the image, in its own pixels.</summary>
    public Found[] Decide(float[] boxes, ReadOnlySpan<float> classified, int width, int height)
    {
        var size = Shown(width, height);
        var proposals = MemoryMarshal.Cast<float, Box>(boxes).ToArray();
        int each = classified.Length / DetectionColumns.Proposals;
        var found = (Architecture.Detections with { Score = Score }).Choose(proposals, classified[..(proposals.Length * each)], size.Height, size.Width);
        return [.. found.Select(f => f with { Box = f.Box.Stretched((float)width / size.Width, (float)height / size.Height) })];
    }

    // The longer side fills the square.
    private (int Width, int Height) Shown(int width, int height) => new DetectionTransform(Side, Side).Resized(width, height);
}
