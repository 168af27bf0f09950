using System.Text.Json;
using System.Text.Json.Serialization;
using TransferKit.Detection;

namespace TransferKit.Pipelines.Data;

/// <summary>Reads annotations in COCO's format (Lin et al. 2014, arXiv:1405.0312): one JSON file with the boxes of all images.</summary>
/// <remarks>Objects with iscrowd become <see cref="LabeledBox.IsCrowd"/>: not trained on, and ignored in evaluation.</remarks>
public static class CocoReader
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Reads a file.</summary>
    /// <param name="annotations">The JSON file.</param>
    /// <param name="images">The folder with the images that the file names.</param>
    /// <param name="labels">The names of the classes in order; null for the file's categories, in the order of their ids.</param>
    /// <exception cref="ArgumentException">An object has a label that is not one of <paramref name="labels"/>.</exception>
    /// <exception cref="InvalidDataException">The file is malformed, or none of its images exists.</exception>
    public static AnnotatedImages Read(string annotations, string images, IReadOnlyList<string>? labels = null)
    {
        var document = Parse(annotations);
        var names = document.Categories.ToDictionary(c => c.Id, c => c.Name);
        var objects = document.Annotations.ToLookup(a => a.ImageId, a => (CategoryName(names, a, annotations), Object(a, annotations)));
        var annotated = new List<(string, IReadOnlyList<(string, LabeledBox)>)>();
        var skipped = new List<FileRemark>();
        foreach (var image in document.Images)
        {
            string path = Path.Combine(images, image.FileName);
            if (File.Exists(path))
                annotated.Add((path, [.. objects[image.Id]]));
            else
                skipped.Add(new(path, $"{path}: there is no such image, though '{annotations}' names it."));
        }
        if (annotated.Count == 0)
            throw new InvalidDataException($"None of the {document.Images.Count} images that '{annotations}' names is in '{images}'.");
        return AnnotatedImages.Of(annotated, skipped, labels ?? [.. document.Categories.OrderBy(c => c.Id).Select(c => c.Name)]);
    }

    private static Document Parse(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return JsonSerializer.Deserialize<Document>(stream, Json)!;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{path}' is not a COCO file: {e.Message}", e);
        }
    }

    private static string CategoryName(Dictionary<long, string> names, Annotation annotation, string path) =>
        names.TryGetValue(annotation.CategoryId, out string? name) ? name
            : throw new InvalidDataException(
                $"'{path}': the annotation {annotation.Id} is of the category {annotation.CategoryId}, which the file does not name.");

    private static LabeledBox Object(Annotation annotation, string path) => annotation.Bbox is [var left, var top, var width, var height]
        ? new(new Box(left, top, left + width, top + height), 0) { IsCrowd = annotation.Iscrowd == 1, Area = annotation.Area }
        : throw new InvalidDataException(
            $"'{path}': the box of annotation {annotation.Id} has {annotation.Bbox.Length} numbers instead of 4 (left, top, width and " +
            "height).");

    private sealed record Document(IReadOnlyList<Image> Images, IReadOnlyList<Annotation> Annotations, IReadOnlyList<Category> Categories);

    private sealed record Image(long Id, string FileName);

    private sealed record Annotation(
        long Id, long ImageId, long CategoryId, float[] Bbox, [property: JsonPropertyName("iscrowd")] int Iscrowd = 0, float? Area = null);

    private sealed record Category(long Id, string Name);
}
