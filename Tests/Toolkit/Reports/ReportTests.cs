using System.Text.RegularExpressions;
using Microsoft.Playwright;
using TransferKit.Toolkit.Reports;

namespace TransferKit.Tests.Toolkit.Reports;

public sealed partial class ReportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>One page for each command, which needs nothing but itself.</summary>
    [Fact]
    public void Train_evaluate_and_finetune_leave_a_page()
    {
        // A label that would break a page that does not escape it; one photo of the test was trained on.
        string photos = Drawings.Folder(_folder, each: 6), test = Drawings.Folder(_folder, each: 3, "test", first: 5);
        foreach (string folder in new[] { photos, test })
            Directory.Move(Path.Combine(folder, "bars"), Path.Combine(folder, "<b>&bars"));
        File.WriteAllText(Path.Combine(photos, "discs", "notes.txt"), "no photo");
        string model = _folder.File("model.zip"), run = _folder.File("run");

        string trained = Page(_folder.File("model.report.html"), "train", photos, "--test", test, "--backbone", "resnet18", "--weights", "none", "--crop", "64", "--resize", "64", "--out", model);
        foreach (string said in new[] { "&lt;b&gt;&amp;bars", "Confusion matrix", "Most wrong", "by Grad-CAM", "no probabilities", "of 6 test photos have a training photo", "1.000: test, training", "notes.txt", "transferkit train", "TorchSharp" })
            Assert.Contains(said, trained, StringComparison.Ordinal);
        Assert.DoesNotContain("Learning curves", trained, StringComparison.Ordinal);

        string evaluated = Page(_folder.File("page.html"), "evaluate", model, test, "--report", _folder.File("page.html"));
        Assert.Contains("were not compared", evaluated, StringComparison.Ordinal);
        Assert.DoesNotContain("notes.txt", evaluated, StringComparison.Ordinal);

        string tuned = Page(Path.Combine(run, "report.html"), "finetune", photos, "--test", test, "--backbone", "resnet18", "--weights", "none", "--crop", "64", "--resize", "64", "--epochs", "2", "--out", run);
        foreach (string said in new[] { "Learning curves", "<polyline", "calibration error", "of 6 test photos have a training photo" })
            Assert.Contains(said, tuned, StringComparison.Ordinal);

        Assert.Contains("--report page.txt: the name must end in .html", CliTests.Run("evaluate", model, test, "--report", "page.txt").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Twins_are_found_whatever_their_length()
    {
        var twins = NearDuplicates.Find(["one", "two"], [[1, 0], [0, 2]], ["x", "y"], [[3, 4], [5, 0]]);
        Assert.Equal([("y", "one", 1.0), ("x", "two", 0.8)], twins.Select(t => (t.Test, t.Train, Math.Round(t.Similarity, 6))));
        Assert.True(NearDuplicates.CanCompare(5_000, 10_000));
        Assert.False(NearDuplicates.CanCompare(10_000, 10_000));
    }

    [Fact]
    public async Task In_a_browser_the_page_is_whole_and_asks_for_nothing()
    {
        string photos = Drawings.Folder(_folder, each: 6), run = _folder.File("run");
        Page(Path.Combine(run, "report.html"), "finetune", photos, "--backbone", "resnet18", "--weights", "none", "--crop", "64", "--resize", "64", "--epochs", "2", "--out", run);
        foreach (var (width, colors) in new[] { (390, ColorScheme.Dark), (1280, ColorScheme.Light) })
        {
            await using var browser = await Browser.Open(width, 900, colors);
            string address = new Uri(Path.Combine(run, "report.html")).ToString();
            await browser.Page.GotoAsync(address);
            await browser.Page.Locator(".matrix a").First.ClickAsync();
            // What is wider than a phone scrolls within its own box.
            Assert.Equal(width, await browser.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
            Assert.Equal(0, await browser.Page.EvaluateAsync<int>("[...document.querySelectorAll('section *:not(.wide *)')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).length"));
            await browser.Picture($"report-{width}");
            Assert.Empty(browser.Remarks);
            Assert.All(browser.Requests, r => Assert.True(r == address || r.StartsWith("data:", StringComparison.Ordinal), r));
        }
    }

    private static string Page(string path, params string[] command)
    {
        var (code, _, error) = CliTests.Run(command);
        Assert.True(code == 0, error);
        string page = File.ReadAllText(path);
        Assert.Contains("prefers-color-scheme: dark", page, StringComparison.Ordinal);
        Assert.Contains("width=device-width", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("url(", page, StringComparison.Ordinal);
        // Pictures are in the page, and links lead within it.
        Assert.All(Sources().Matches(page), m => Assert.StartsWith("data:", m.Groups[1].Value, StringComparison.Ordinal));
        Assert.All(Anchors().Matches(page), m => Assert.Contains($"id=\"{m.Groups[1].Value}\"", page, StringComparison.Ordinal));
        Assert.NotEmpty(Anchors().Matches(page));
        return page;
    }

    [GeneratedRegex("(?:src|href)=\"([^#\"][^\"]*)\"")]
    private static partial Regex Sources();

    [GeneratedRegex("href=\"#([^\"]*)\"")]
    private static partial Regex Anchors();
}
