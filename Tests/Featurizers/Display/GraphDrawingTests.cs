using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.Playwright;
using TransferKit.Backbones;
using TransferKit.Display;
using TransferKit.Graphs;

namespace TransferKit.Tests.Featurizers.Display;

public partial class GraphDrawingTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    public static TheoryData<string> Networks => [.. Registry.All.Select(backbone => backbone.Name)];

    // Each value but the first is read twice, and no node divides the graph: it cannot be drawn as branches.
    private static Graph Tangle => Graph.Build(g =>
    {
        var x = g.Input(3, 8, 8);
        var (a, b) = (x.Conv("a", 4, 1), x.Conv("b", 4, 1));
        var (c, d) = (a.Add(b, "c"), a.Conv("d", 4, 3));
        return c.Add(d, "e").Concat(d.Relu("f"), b).GlobalAveragePool("pool").Linear("fc", 2);
    });

    [Theory]
    [MemberData(nameof(Networks))]
    public void Boxes_lie_within_the_picture_and_do_not_overlap(string name) =>
        CheckBoxes(new GraphDrawing(Registry.Get(name).Build(), name).ToSvg());

    [Fact]
    public void Nodes_that_form_no_branches_are_drawn_with_lanes()
    {
        var drawing = new GraphDrawing(Tangle, "tangle");
        CheckBoxes(drawing.ToSvg());
        Assert.Contains("class=\"lane\"", drawing.ToHtml(), StringComparison.Ordinal);
        CheckNodes(Tangle, drawing.ToHtml());
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Every_node_is_in_the_page_once(string name)
    {
        var graph = Registry.Get(name).Build();
        CheckNodes(graph, new GraphDrawing(graph, name).ToPage());
    }

    [Theory]
    [InlineData("resnet50", "layer1.0: residual block, 4 conv, output 256x56x56, 75,008 parameters, 231,211,008 multiply-accumulates")]
    [InlineData("googlenet", "inception3a: branches, 6 conv, output 256x28x28, 155,872 parameters, 121,626,624 multiply-accumulates")]
    [InlineData("vgg16", "features: block, 13 conv, output 512x7x7, 14,714,688 parameters, 15,346,630,656 multiply-accumulates")]
    public void A_block_says_what_it_is(string name, string description)
    {
        var drawing = new GraphDrawing(Registry.Get(name).Build(), name);
        Assert.Contains($"title=\"{description}\"", drawing.ToPage(), StringComparison.Ordinal);
    }

    [Fact]
    public void Edges_end_at_boxes_or_at_other_edges()
    {
        foreach (string name in new[] { "resnet18", "googlenet", "densenet121", "inception_v4", "shufflenet_v2_x1_0" })
            CheckEdges(new GraphDrawing(Registry.Get(name).Build(), name).ToSvg());
        CheckEdges(new GraphDrawing(Tangle, "tangle").ToSvg());
    }

    [Fact]
    public void Names_of_any_characters_are_drawn()
    {
        string name = "a<b>&\"'\u0001\ud800" + new string('x', 300);
        var graph = Graph.Build(g => g.Input(3, 8, 8).Conv(name, 4, 3).Conv("...", 4, 1).Conv("/a/b/conv", 4, 1).Conv("/a/c", 4, 1));
        var drawing = new GraphDrawing(graph, name);
        CheckBoxes(drawing.ToSvg());
        Assert.DoesNotContain('\u0001', drawing.ToPage());
        Assert.Contains("<b>b.conv</b>", drawing.ToPage(), StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_scopes_and_deep_branches_are_drawn()
    {
        // Each shortcut spans the next one.
        var graph = Graph.Build(g => Nested(g.Input(1, 4, 4).Conv(string.Join('.', Enumerable.Repeat("a", 5000)), 1, 1), 300));
        var drawing = new GraphDrawing(graph, "deep");
        CheckBoxes(drawing.ToSvg());
        CheckNodes(graph, drawing.ToPage());

        static Value Nested(Value x, int depth) => depth == 0 ? x : Nested(x.Relu(), depth - 1).Relu() + x;
    }

    [Theory]
    [InlineData(1200, ColorScheme.Light)]
    [InlineData(360, ColorScheme.Dark)]
    public async Task A_block_opens_in_a_browser(int width, ColorScheme colors)
    {
        await using var browser = await Browser.Open(width, 900, colors);
        using var folder = new TemporaryFolder();
        string path = folder.File("resnet50.html");
        await File.WriteAllTextAsync(path, new GraphDrawing(Registry.Get("resnet50").Build(), "resnet50").ToPage());
        await browser.Page.GotoAsync(new Uri(path).AbsoluteUri);
        var block = browser.Page.Locator("details:has(> summary[title^='layer1.1:'])");
        var node = block.Locator("[title^='layer1.1.conv2:']");
        Assert.False(await node.IsVisibleAsync());
        await block.Locator("> summary").FocusAsync();
        await browser.Page.Keyboard.PressAsync("Enter");
        Assert.True(await node.IsVisibleAsync());
        Assert.True(await block.GetByRole(AriaRole.Img, new() { Name = "shortcut" }).IsVisibleAsync());
        await browser.Picture($"drawing-{width}");
        // Nothing is wider than the screen, so that the page is read without scrolling sideways.
        Assert.True(await browser.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Open all" }).ClickAsync();
        Assert.Equal(0, await browser.Page.Locator("details:not([open])").CountAsync());
        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Close all" }).ClickAsync();
        Assert.Equal(0, await browser.Page.Locator("details[open]").CountAsync());
        Assert.Empty(browser.Remarks);
        Assert.Single(browser.Requests);
    }

    private static void CheckNodes(Graph graph, string page)
    {
        var drawn = NodeTitle().Matches(page).Select(match => WebUtility.HtmlDecode(match.Groups[1].Value));
        Assert.Equal(graph.Nodes.Select(node => node.Name).Order(StringComparer.Ordinal), drawn.Order(StringComparer.Ordinal));
    }

    private static void CheckBoxes(string svg)
    {
        var root = XDocument.Parse(svg).Root!;
        double[] view = [.. root.Attribute("viewBox")!.Value.Split(' ').Select(Parse)];
        var boxes = Boxes(root);
        Assert.NotEmpty(boxes);
        Assert.All(boxes, box => Assert.True(
            box.Left >= 0 && box.Top >= 0 && box.Right <= view[2] && box.Bottom <= view[3], $"{box} is not within {svg[..200]}"));
        for (int i = 0; i < boxes.Length; i++)
            for (int j = i + 1; j < boxes.Length; j++)
                Assert.True(
                    AreApart(boxes[i], boxes[j]) || (boxes[i].IsOpen && Contains(boxes[i], boxes[j])), $"{boxes[i]} and {boxes[j]}");
    }

    private static void CheckEdges(string svg)
    {
        var root = XDocument.Parse(svg).Root!;
        var boxes = Boxes(root);
        var edges = root.Descendants(Svg + "path").Select(path => Points(path.Attribute("d")!.Value)).ToArray();
        foreach (var edge in edges)
            foreach (var end in new[] { edge[0], edge[^1] })
                Assert.True(boxes.Any(box => Touches(box, end)) || edges.Any(other => other != edge && IsOn(other, end)), $"{end}");
    }

    private static bool Touches(DrawnBox box, (double X, double Y) point) =>
        point.X > box.Left && point.X < box.Right
        && (Math.Abs(point.Y - box.Top) < .1 || Math.Abs(point.Y - box.Bottom) < .1 || Math.Abs(point.Y - box.HeadBottom) < .1);

    private static bool IsOn((double X, double Y)[] line, (double X, double Y) point) => line.Zip(line.Skip(1)).Any(part =>
        point.X >= Math.Min(part.First.X, part.Second.X) - .1 && point.X <= Math.Max(part.First.X, part.Second.X) + .1
        && point.Y >= Math.Min(part.First.Y, part.Second.Y) - .1 && point.Y <= Math.Max(part.First.Y, part.Second.Y) + .1);

    // The points of M x,y followed by H x and V y.
    private static (double X, double Y)[] Points(string path)
    {
        var points = new List<(double X, double Y)>();
        foreach (Match step in PathStep().Matches(path))
        {
            double[] values = [.. step.Groups[2].Value.Split(',').Select(Parse)];
            points.Add(step.Groups[1].Value switch
            {
                "M" => (values[0], values[1]),
                "H" => (values[0], points[^1].Y),
                _ => (points[^1].X, values[0]),
            });
        }
        return [.. points];
    }

    private static DrawnBox[] Boxes(XElement root)
    {
        var boxes =
            from rectangle in root.Descendants(Svg + "rect")
            let kind = rectangle.Attribute("class")!.Value
            where kind.StartsWith("node", StringComparison.Ordinal) || kind.StartsWith("block", StringComparison.Ordinal)
            let x = Number(rectangle, "x")
            let y = Number(rectangle, "y")
            let bars = rectangle.ElementsAfterSelf(Svg + "rect").Count(bar => bar.Attribute("class")!.Value == "track")
            let head = 22 + 14 * (rectangle.ElementsAfterSelf(Svg + "text").Count() - 1) + (bars == 0 ? 0 : 1 + 5 * bars)
            select new DrawnBox(kind == "block open", x, y, x + Number(rectangle, "width"), y + Number(rectangle, "height"), y + head);
        return [.. boxes];
    }

    private static bool AreApart(DrawnBox a, DrawnBox b) =>
        a.Right <= b.Left || b.Right <= a.Left || a.Bottom <= b.Top || b.Bottom <= a.Top;

    private static bool Contains(DrawnBox outer, DrawnBox inner) =>
        outer.Left < inner.Left && inner.Right < outer.Right && outer.HeadBottom < inner.Top && inner.Bottom < outer.Bottom;

    private static double Number(XElement element, string name) => Parse(element.Attribute(name)!.Value);

    private static double Parse(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex("<div class=\"node[^>]* title=\"(.*?): ")]
    private static partial Regex NodeTitle();

    [GeneratedRegex("([MHV])([-0-9.,]+)")]
    private static partial Regex PathStep();

    private sealed record DrawnBox(bool IsOpen, double Left, double Top, double Right, double Bottom, double HeadBottom);
}
