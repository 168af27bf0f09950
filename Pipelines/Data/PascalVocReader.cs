using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using TransferKit.Detection;

namespace TransferKit.Pipelines.Data;

/// <summary>
/// Reads annotations in Pascal VOC's format (Everingham et al. 2010): an XML file for each image, with the same name. Images are beside
/// their XML files, or in a folder JPEGImages or images beside a folder Annotations or annotations.
/// </summary>
/// <remarks>Difficult objects become <see cref="LabeledBox.IsDifficult"/>: trained on, but ignored in evaluation.</remarks>
public static class PascalVocReader
{
    private static readonly string[] ImageExtensions = [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif"];

    /// <summary>Reads a folder.</summary>
    /// <param name="folder">The folder with images and XML files, or with the two folders.</param>
    /// <param name="list">
    /// A text file with the names of the images to read, one per line, with or without extension; null for all images.
    /// </param>
    /// <param name="labels">The names of the classes in order; null for those that occur.</param>
    /// <exception cref="ArgumentException">An object has a label that is not one of <paramref name="labels"/>.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="InvalidDataException">There is no image, or an XML file is malformed; the message names it.</exception>
    public static AnnotatedImages Read(string folder, string? list = null, IReadOnlyList<string>? labels = null)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}'.");
        string annotations = Subfolder(folder, "Annotations", "annotations"), images = Subfolder(folder, "JPEGImages", "images");
        var skipped = new List<FileRemark>();
        var annotated = new List<(string, IReadOnlyList<(string, LabeledBox)>)>();
        foreach (string name in list is null ? NamesIn(annotations) : NamesListed(list))
        {
            string file = Path.Combine(annotations, name + ".xml");
            if (ImageFile(images, name) is { } image)
                annotated.Add((image, Objects(file)));
            else
                skipped.Add(new(file,
                    $"{file}: there is no image '{Path.Combine(images, name)}' with an extension {string.Join(", ", ImageExtensions)}."));
        }
        string listed = list is null ? "" : $" that '{list}' lists";
        return annotated.Count > 0 ? AnnotatedImages.Of(annotated, skipped, labels)
            : throw new InvalidDataException($"There are no images with XML files in '{folder}'{listed}.");
    }

    private static string Subfolder(string folder, params string[] names) =>
        names.Select(n => Path.Combine(folder, n)).FirstOrDefault(Directory.Exists) ?? folder;

    private static IEnumerable<string> NamesIn(string annotations) =>
        Directory.EnumerateFiles(annotations, "*.xml").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal);

    // VOC's own lists for a class have a second column, which is not needed.
    private static IEnumerable<string> NamesListed(string list)
    {
        foreach (string line in File.ReadLines(list))
        {
            string name = line.Trim().Split(' ')[0];
            bool hasExtension = ImageExtensions.Contains(Path.GetExtension(name).ToLowerInvariant());
            if (name.Length > 0)
                yield return hasExtension ? Path.GetFileNameWithoutExtension(name) : name;
        }
    }

    private static string? ImageFile(string folder, string name) =>
        ImageExtensions.SelectMany(e => new[] { e, e.ToUpperInvariant() }).Select(e => Path.Combine(folder, name + e))
            .FirstOrDefault(File.Exists);

    private static List<(string, LabeledBox)> Objects(string file)
    {
        try
        {
            // Document types are prohibited: annotations need none, and the entities of a hostile file could exhaust the memory.
            using var reader = XmlReader.Create(file, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            return [.. XDocument.Load(reader).Root!.Elements("object").Select(Object)];
        }
        catch (Exception e) when (e is XmlException or FormatException or FileNotFoundException)
        {
            throw new InvalidDataException($"'{file}' is not a Pascal VOC annotation: {e.Message}", e);
        }
    }

    private static (string Label, LabeledBox Object) Object(XElement element)
    {
        var edges = Child(element, "bndbox");
        // VOC counts pixels from 1, and the last pixel belongs to the box; some programs count from 0.
        float left = Math.Max(0, Edge(edges, "xmin") - 1), top = Math.Max(0, Edge(edges, "ymin") - 1);
        var box = new Box(left, top, Edge(edges, "xmax"), Edge(edges, "ymax"));
        bool isDifficult = element.Element("difficult")?.Value.Trim() == "1";
        return (Child(element, "name").Value, new LabeledBox(box, 0) { IsDifficult = isDifficult });
    }

    private static float Edge(XElement box, string name) => float.Parse(Child(box, name).Value, CultureInfo.InvariantCulture);

    private static XElement Child(XElement element, string name) =>
        element.Element(name) ?? throw new FormatException($"an <{element.Name}> has no <{name}>");
}
