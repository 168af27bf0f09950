using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace TransferKit.Tests.Toolkit.Serving;

/// <summary>The web page of the server in a browser.</summary>
public sealed partial class PageTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Theory]
    [InlineData(390, 844, ColorScheme.Dark)]
    [InlineData(1280, 900, ColorScheme.Light)]
    public async Task A_dropped_photo_is_classified_and_an_unreadable_file_gives_a_message(int width, int height, ColorScheme colors)
    {
        await using var browser = await Browser.Open(width, height, colors);
        var page = browser.Page;
        await page.GotoAsync(server.Address.ToString());
        await Expect(page.Locator("#model")).ToHaveTextAsync("Model: model.zip. Classes: bars, discs.");

        string photo = Path.Combine(server.Photos, "discs", "03.jpg");
        await Drop(page, photo);
        await Expect(page.Locator("#label")).ToHaveTextAsync(server.Labels[photo]);
        await Expect(page.Locator("#scores li")).ToHaveCountAsync(2);
        await Expect(page.Locator("#map")).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await Expect(page.Locator("#nearest figure").First).ToContainTextAsync("discs, similarity 1.000: 03.jpg");
        Assert.True(await page.EvaluateAsync<bool>("[...document.images].every(i => !i.src || i.complete && i.naturalWidth > 0)"));
        Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        await browser.Picture($"page-{width}-{colors}");
        await page.Locator("#show").UncheckAsync();
        await Expect(page.Locator("#map")).ToBeHiddenAsync();

        await page.SetInputFilesAsync("#file", Payload("broken.jpg", "image/jpeg"));
        await Expect(page.Locator("#problem"))
            .ToHaveTextAsync("broken.jpg: the image: not an image (JPEG, PNG, WebP, BMP or GIF is read).");
        await page.SetInputFilesAsync("#file", Payload("notes.txt", "text/plain"));
        await Expect(page.Locator("#problem")).ToContainTextAsync("notes.txt: The content type 'text/plain' is not supported:");
        await page.SetInputFilesAsync("#file", photo);
        await Expect(page.Locator("#problem")).ToBeHiddenAsync();
        // The browser logs the two refusals, and nothing else.
        Assert.Equal(["422", "415"], browser.Remarks.Select(r => Status().Match(r).Groups[1].Value));
        Assert.All(browser.Requests, r => Assert.True(IsLocal(r), r));
    }

    [Fact]
    public async Task The_last_of_twenty_photos_dropped_at_once_is_shown()
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

    private bool IsLocal(string request) =>
        request.StartsWith(server.Address.ToString(), StringComparison.Ordinal)
        || request.StartsWith("blob:", StringComparison.Ordinal)
        || request.StartsWith("data:", StringComparison.Ordinal);

    private static FilePayload Payload(string name, string type) => new() { Name = name, MimeType = type, Buffer = [1, 2, 3] };

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

    [GeneratedRegex("status of (\\d+)")]
    private static partial Regex Status();
}
