using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace TransferKit.Tests.Toolkit.Serving;

/// <summary>The page, driven in a real browser.</summary>
public sealed class PageTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Theory]
    [InlineData(390, 844, ColorScheme.Dark)]
    [InlineData(1280, 900, ColorScheme.Light)]
    public async Task A_dropped_photo_is_labelled_and_a_broken_file_explained(int width, int height, ColorScheme colors)
    {
        await using var browser = await Browser.Open(width, height, colors);
        var page = browser.Page;
        await page.GotoAsync(server.Address.ToString());
        await Expect(page.Locator("#model")).ToHaveTextAsync("model.zip knows bars, discs.");

        string photo = Path.Combine(server.Photos, "discs", "03.jpg");
        await Drop(page, photo);
        await Expect(page.Locator("#label")).ToHaveTextAsync(server.Labels[photo]);
        await Expect(page.Locator("#scores li")).ToHaveCountAsync(2);
        await Expect(page.Locator("#map")).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await Expect(page.Locator("#nearest figure").First).ToContainTextAsync("discs, 1.000: 03.jpg");
        Assert.True(await page.EvaluateAsync<bool>("[...document.images].every(i => !i.src || i.complete && i.naturalWidth > 0)"));
        Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        await browser.Picture($"page-{width}");
        await page.Locator("#show").UncheckAsync();
        await Expect(page.Locator("#map")).ToBeHiddenAsync();

        await page.SetInputFilesAsync("#file", new FilePayload { Name = "broken.jpg", MimeType = "image/jpeg", Buffer = [1, 2, 3] });
        await Expect(page.Locator("#problem")).ToHaveTextAsync("broken.jpg: the image: not an image (JPEG, PNG, WebP, BMP or GIF is read).");
        await page.SetInputFilesAsync("#file", new FilePayload { Name = "notes.txt", MimeType = "text/plain", Buffer = [1, 2, 3] });
        await Expect(page.Locator("#problem")).ToContainTextAsync("notes.txt: 'text/plain' is not read;");
        await page.SetInputFilesAsync("#file", photo);
        await Expect(page.Locator("#problem")).ToBeHiddenAsync();
        // The two refusals are what the browser itself remarks on.
        Assert.Equal(["422", "415"], browser.Remarks.Select(r => System.Text.RegularExpressions.Regex.Match(r, "status of (\\d+)").Groups[1].Value));
        Assert.All(browser.Requests, r => Assert.True(r.StartsWith(server.Address.ToString(), StringComparison.Ordinal) || r.StartsWith("blob:", StringComparison.Ordinal) || r.StartsWith("data:", StringComparison.Ordinal), r));
    }

    [Fact]
    public async Task Of_twenty_photos_at_once_the_last_one_is_shown()
    {
        await using var browser = await Browser.Open(1280, 900, ColorScheme.Light);
        var page = browser.Page;
        await page.GotoAsync(server.Address.ToString());
        string[] photos = [.. server.Labels.Keys.Concat(server.Labels.Keys).Take(20)];
        foreach (string photo in photos)
            await Drop(page, photo);
        await Expect(page.Locator("#map")).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await Expect(page.Locator("#label")).ToHaveTextAsync(server.Labels[photos[^1]]);
        await Expect(page.Locator("#nearest figure").First).ToContainTextAsync($"1.000: {Path.GetFileName(photos[^1])}");
        Assert.Empty(browser.Remarks);
    }

    private static async Task Drop(IPage page, string file)
    {
        string content = Convert.ToBase64String(await File.ReadAllBytesAsync(file));
        var transfer = await page.EvaluateHandleAsync("""
            ([name, content]) => {
              const transfer = new DataTransfer();
              transfer.items.add(new File([Uint8Array.from(atob(content), c => c.charCodeAt(0))], name, { type: 'image/jpeg' }));
              return transfer;
            }
            """, new[] { Path.GetFileName(file), content });
        await page.DispatchEventAsync("#drop", "drop", new { dataTransfer = transfer });
    }
}
