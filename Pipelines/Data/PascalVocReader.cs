using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using TransferKit.Detection;

namespace TransferKit.Pipelines.Data;

/// <summary>
/// Reads Pascal VOC's form (Everingham et al. 2010): for each image an XML file of its name, with the boxes of things in it. Images lie beside
/// their XML files, or in a folder JPEGImages or images beside a folder Annotations or annotations.
/// </summary>
public static class PascalVocReader
{
    private static readonly string[] Images = [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif"];

    /// <summary>Reads a folder.</summary>
    /// <param name="folder">The folder with both, or with the two folders.</param>
    /// <param name="list">A text file with the names of the images to read, one a line, with or without their ending; null for all.</param>
    /// <param name="labels">The names of things in order; null for those that occur.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">A file is no XML of this form, or has a bad box; the message names it.</exception>
    public static AnnotatedImages Read(string folder, string? list = null, IReadOnlyList<string>? labels = null)
    {
        string annotations = Sub(folder, "Annotations", "annotations"), images = Sub(folder, "JPEGImages", "images");
        string[] names = list is null
            ? [.. Directory.EnumerateFiles(annotations, "*.xml").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)]
            : [.. File.ReadLines(list).Select(l => l.Trim().Split(' ')[0]).Where(l => l.Length > 0).Select(l => Images.Contains(Path.GetExtension(l).ToLowerInvariant()) ? Path.GetFileNameWithoutExtension(l) : l)];
        var skipped = new List<FileRemark>();
        var marked = new List<(string, IReadOnlyList<(string, LabeledBox)>)>();
        foreach (string name in names)
        {
            string file = Path.Combine(annotations, name + ".xml");
            string? image = Images.SelectMany(e => new[] { e, e.ToUpperInvariant() }).Select(e => Path.Combine(images, name + e)).FirstOrDefault(File.Exists);
            if (image is null)
                skipped.Add(new(file, $"{file}: there is no image '{Path.Combine(images, name)}' with any of the endings {string.Join(", ", Images)}."));
            else
                marked.Add((image, Things(file)));
        }
        return marked.Count > 0 ? AnnotatedImages.Of(marked, skipped, labels)
            : throw new InvalidDataException($"There are no images with XML files in '{folder}'{(list is null ? "" : $" of those '{list}' names")}.");
    }

    private static string Sub(string folder, params string[] names)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}'.");
        return names.Select(n => Path.Combine(folder, n)).FirstOrDefault(Directory.Exists) ?? folder;
    }

    private static List<(string, LabeledBox)> Things(string file)
    {
        try
        {
            // No document type, no entities: an annotation needs none, and a hostile one could use them.
            using var reader = XmlReader.Create(file, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            return [.. XDocument.Load(reader).Root!.Elements("object").Select(thing =>
            {
                var box = Need(thing, "bndbox");
                // Pixels are counted from 1, and the last is within the box; some programs count from 0.
                return (Need(thing, "name").Value, new LabeledBox(new Box(Math.Max(0, Edge(box, "xmin") - 1), Math.Max(0, Edge(box, "ymin") - 1), Edge(box, "xmax"), Edge(box, "ymax")), 0)
                {
                    Crowd = thing.Element("difficult")?.Value == "1",
                });
            })];
        }
        catch (Exception e) when (e is XmlException or FormatException or FileNotFoundException)
        {
            throw new InvalidDataException($"'{file}' is no Pascal VOC annotation: {e.Message}", e);
        }
    }

    private static float Edge(XElement box, string name) => float.Parse(Need(box, name).Value, CultureInfo.InvariantCulture);

    private static XElement Need(XElement element, string name) => element.Element(name) ?? throw new FormatException($"an <{element.Name}> has no <{name}>");
}
