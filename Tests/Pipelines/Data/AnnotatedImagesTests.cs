using TransferKit.Detection;
using TransferKit.Pipelines.Data;

namespace TransferKit.Tests.Pipelines.Data;

public sealed class AnnotatedImagesTests : IDisposable
{
    private const string Owl = "<object><name>owl</name><difficult>1</difficult>" +
        "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object>";

    private const string Cat = "<object><name>cat</name><difficult>0</difficult>" +
        "<bndbox><xmin>5</xmin><ymin>6</ymin><xmax>7</xmax><ymax>8</ymax></bndbox></object>";

    private const string Named = """{"images":[{"id":7,"file_name":"a.jpg"}],"categories":[{"id":9,"name":"owl"}],"annotations":[""";

    private readonly TemporaryFolder _folder = new();

    public AnnotatedImagesTests()
    {
        Directory.CreateDirectory(_folder.File("JPEGImages"));
        Directory.CreateDirectory(_folder.File("Annotations"));
        foreach (string name in new[] { "a", "b" })
            Drawings.Write(_folder.File($"JPEGImages/{name}.jpg"), "discs", 1);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Pascal_files_are_read()
    {
        Annotate("a", Owl + Cat);
        Annotate("b", "");
        Annotate("c", Cat);
        var images = PascalVocReader.Read(_folder.Root);
        Assert.Equal(["cat", "owl"], images.Labels);
        LabeledBox[] objects = [new(new(0, 1, 30, 40), 2) { IsDifficult = true }, new(new(4, 5, 7, 8), 1)];
        Assert.Equal(objects, images.Images[0].GroundTruth);
        Assert.Empty(images.Images[1].GroundTruth);
        Assert.Contains("c.xml: there is no image", Assert.Single(images.Skipped).Text, StringComparison.Ordinal);
        File.WriteAllText(_folder.File("list.txt"), "b.jpg\na\n");
        var listed = PascalVocReader.Read(_folder.Root, _folder.File("list.txt")).Images;
        Assert.Equal(["b", "a"], listed.Select(i => Path.GetFileNameWithoutExtension(i.ImagePath)));
        var error = Assert.Throws<ArgumentException>(() => PascalVocReader.Read(_folder.Root, labels: ["dog"]));
        Assert.Contains("the label 'owl' is none of dog", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<annotation><object>", "is not a Pascal VOC annotation")]
    [InlineData("<annotation><object><name>owl</name></object></annotation>", "an <object> has no <bndbox>")]
    [InlineData("<annotation><object><name>owl</name><bndbox><xmin>one</xmin><ymin>1</ymin></bndbox></object></annotation>", "'one'")]
    [InlineData("<!DOCTYPE a [<!ENTITY b \"c\">]><annotation>&b;</annotation>", "DTD")]
    public void Broken_Pascal_files_are_named(string text, string message)
    {
        File.WriteAllText(_folder.File("Annotations/a.xml"), text);
        var error = Assert.Throws<InvalidDataException>(() => PascalVocReader.Read(_folder.Root));
        Assert.Contains("a.xml", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Coco_files_are_read()
    {
        string file = Coco("""
            {"images":[{"id":7,"file_name":"a.jpg","width":9},{"id":8,"file_name":"gone.jpg"}],
            "categories":[{"id":3,"name":"owl"},{"id":90,"name":"cat"}],
            "annotations":[{"id":1,"image_id":7,"category_id":90,"bbox":[1,2,3,4],"area":5.5,"iscrowd":1}]}
            """);
        var images = CocoReader.Read(file, _folder.File("JPEGImages"));
        Assert.Equal(["owl", "cat"], images.Labels);
        Assert.Equal([new LabeledBox(new(1, 2, 4, 6), 2) { IsCrowd = true, Area = 5.5f }], Assert.Single(images.Images).GroundTruth);
        Assert.Contains("gone.jpg: there is no such image", Assert.Single(images.Skipped).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "is not a COCO file")]
    [InlineData("""{"images":[],"categories":[]}""", "is not a COCO file")]
    [InlineData(Named + """{"id":1,"image_id":7,"category_id":8,"bbox":[1,2,3,4]}]}""", "the category 8")]
    [InlineData(Named + """{"id":1,"image_id":7,"category_id":9,"bbox":[1,2,3]}]}""", "has 3 numbers instead of 4")]
    [InlineData("""{"images":[{"id":7,"file_name":"z.jpg"}],"categories":[],"annotations":[]}""", "None of the 1 images")]
    public void Broken_Coco_files_are_named(string text, string message)
    {
        var error = Assert.Throws<InvalidDataException>(() => CocoReader.Read(Coco(text), _folder.File("JPEGImages")));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private void Annotate(string name, string objects) =>
        File.WriteAllText(_folder.File($"Annotations/{name}.xml"), $"<annotation>{objects}</annotation>");

    private string Coco(string text)
    {
        File.WriteAllText(_folder.File("coco.json"), text);
        return _folder.File("coco.json");
    }
}
