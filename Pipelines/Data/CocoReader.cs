using System.Text.Json;
using System.Text.Json.Serialization;
using TransferKit.Detection;

namespace TransferKit.Pipelines.Data;

/// <summary>Reads COCO's form (Lin et al. 2014, arXiv:1405.0312): one JSON file with the boxes of all images.</summary>
public static class CocoReader
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    /// <summary>Reads a file.</summary>
    /// <param name="annotations">The JSON file.</param>
    /// <param name="images">The folder that its file names are in.</param>
    /// <param name="labels">The names of things in order; null for the file's categories.</param>
    /// <exception cref="InvalidDataException">The file is no JSON of this form, or refers to what is not in it.</exception>
    public static AnnotatedImages Read(string annotations, string images, IReadOnlyList<string>? labels = null)
    {
        var file = Parse(annotations);
        var names = file.Categories.ToDictionary(c => c.Id, c => c.Name);
        var things = file.Annotations.ToLookup(a => a.ImageId, a => (names.TryGetValue(a.CategoryId, out string? name) ? name
            : throw new InvalidDataException($"'{annotations}': the annotation {a.Id} is of the category {a.CategoryId}, which the file does not name."), Thing(a, annotations)));
        var present = file.Images.Select(i => (Path: Path.Combine(images, i.FileName), i.Id)).ToLookup(i => File.Exists(i.Path));
        FileRemark[] skipped = [.. present[false].Select(i => new FileRemark(i.Path, $"{i.Path}: there is no such image, though '{annotations}' names it."))];
        return present[true].Any() ? AnnotatedImages.Of([.. present[true].Select(i => (i.Path, (IReadOnlyList<(string, LabeledBox)>)[.. things[i.Id]]))], skipped, labels ?? [.. file.Categories.OrderBy(c => c.Id).Select(c => c.Name)])
            : throw new InvalidDataException($"None of the {file.Images.Count} images that '{annotations}' names is in '{images}'.");
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
            throw new InvalidDataException($"'{path}' is no COCO file: {e.Message}", e);
        }
    }

    // Left, top, width and height, where Pascal VOC has four edges.
    private static LabeledBox Thing(Annotation a, string path) => a.Bbox is [var left, var top, var width, var height]
        ? new LabeledBox(new Box(left, top, left + width, top + height), 0) { Crowd = a.Iscrowd == 1, Area = a.Area }
        : throw new InvalidDataException($"'{path}': the box of annotation {a.Id} has {a.Bbox.Length} numbers instead of 4.");

    private sealed record Document(IReadOnlyList<Image> Images, IReadOnlyList<Annotation> Annotations, IReadOnlyList<Category> Categories);

    private sealed record Image(long Id, string FileName);

    private sealed record Annotation(long Id, long ImageId, long CategoryId, float[] Bbox, [property: JsonPropertyName("iscrowd")] int Iscrowd = 0, float? Area = null);

    private sealed record Category(long Id, string Name);
}
