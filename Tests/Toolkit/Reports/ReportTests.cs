using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace TransferKit.Tests.Toolkit.Reports;

public sealed partial class ReportTests : IDisposable
{
    private static readonly string[] SmallNetwork = ["--backbone", "resnet18", "--weights", "none", "--crop", "64", "--resize", "64"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Train_evaluate_and_finetune_write_self_contained_reports()
    {
        // A label that would break HTML without escapes, and a test photo that is a training photo as well.
        string photos = Drawings.Folder(_folder, each: 6), test = Drawings.Folder(_folder, each: 3, "test", first: 5);
        foreach (string folder in new[] { photos, test })
            Directory.Move(Path.Combine(folder, "bars"), Path.Combine(folder, "<b>&bars"));
        File.WriteAllText(Path.Combine(photos, "discs", "notes.txt"), "no photo");
        string model = _folder.File("model.zip"), run = _folder.File("run");

        string trained = Report(_folder.File("model.report.html"), ["train", photos, "--test", test, .. SmallNetwork, "--out", model]);
        AssertContainsAll(trained, "&lt;b&gt;&amp;bars", "accuracy: ", "95 % confidence interval", "Confusion matrix",
            "Largest errors", "The Grad-CAM map", "Expected calibration error", "of 6 test photos are near-duplicates",
            "test and training photo, similarity 1.000", "Skipped: ", "notes.txt", "transferkit train", "TorchSharp");
        Assert.DoesNotContain("Learning curves", trained, StringComparison.Ordinal);

        string evaluated = Report(_folder.File("page.html"), ["evaluate", model, test, "--report", _folder.File("page.html")]);
        Assert.Contains("were not compared", evaluated, StringComparison.Ordinal);
        Assert.DoesNotContain("notes.txt", evaluated, StringComparison.Ordinal);

        string fineTuned = Report(Path.Combine(run, "report.html"),
            ["finetune", photos, "--test", test, .. SmallNetwork, "--epochs", "2", "--out", run]);
        AssertContainsAll(fineTuned, "Learning curves", "<polyline", "Expected calibration error", "of 6 test photos are near-duplicates");

        string wrongName = CliTests.Run("evaluate", model, test, "--report", "page.txt").Error;
        Assert.Contains("--report page.txt is invalid: the name must end in .html", wrongName, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_browser_shows_the_report_without_overflow_errors_or_requests()
    {
        string photos = Drawings.Folder(_folder, each: 6), run = _folder.File("run"), file = Path.Combine(run, "report.html");
        Report(file, ["finetune", photos, .. SmallNetwork, "--epochs", "2", "--out", run]);
        foreach (var (width, colors) in new[] { (390, ColorScheme.Dark), (1280, ColorScheme.Light) })
        {
            await using var browser = await Browser.Open(width, 900, colors);
            string address = new Uri(file).ToString();
            await browser.Page.GotoAsync(address);
            await browser.Page.Locator(".matrix a").First.ClickAsync();
            // Tables that are wider than a phone scroll within their own box.
            Assert.Equal(width, await browser.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
            Assert.Equal(0, await browser.Page.EvaluateAsync<int>("""
                [...document.querySelectorAll('section *:not(.wide *)')]
                  .filter(e => e.getBoundingClientRect().right > innerWidth + 1).length
                """));
            await browser.Picture($"report-{width}-{colors}");
            Assert.Empty(browser.Remarks);
            Assert.All(browser.Requests, r => Assert.True(r == address || r.StartsWith("data:", StringComparison.Ordinal), r));
        }
    }

    private static void AssertContainsAll(string page, params string[] texts) =>
        Assert.All(texts, text => Assert.Contains(text, page, StringComparison.Ordinal));

    private static string Report(string path, string[] command)
    {
        var (code, _, error) = CliTests.Run(command);
        Assert.True(code == 0, error);
        string page = File.ReadAllText(path);
        AssertContainsAll(page, "prefers-color-scheme: dark", "width=device-width");
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("url(", page, StringComparison.Ordinal);
        // All images are embedded, and all links lead to elements of the page.
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
