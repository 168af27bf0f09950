using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace TransferKit.Tests;

/// <summary>A page in Chromium without a window. Its requests, errors and warnings are recorded.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string[] Executables = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Browser(IPlaywright playwright, IBrowser browser, IPage page)
    {
        (_playwright, _browser, Page) = (playwright, browser, page);
        page.Request += (_, request) => Requests.Enqueue(request.Url);
        page.PageError += (_, error) => Remarks.Enqueue(error);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                Remarks.Enqueue(message.Text);
        };
    }

    public IPage Page { get; }

    /// <summary>The addresses of all requests.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>The errors and warnings of the page.</summary>
    public ConcurrentQueue<string> Remarks { get; } = [];

    /// <summary>Opens an empty page; the test is skipped if Chromium is not installed.</summary>
    public static async Task<Browser> Open(int width, int height, ColorScheme colors)
    {
        string? chromium = Executables.FirstOrDefault(File.Exists);
        Assert.SkipWhen(chromium is null, $"Needs Chromium, at one of {string.Join(", ", Executables)}.");
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = chromium,
            // Tests may run as root, and Chromium must not connect to the internet.
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--no-first-run",
            ],
        });
        var page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = colors });
        return new Browser(playwright, browser, page);
    }

    /// <summary>Saves a screenshot of the whole page in the folder TRANSFERKIT_TEST_PICTURES, if that variable is set.</summary>
    public async Task Picture(string name)
    {
        if (Environment.GetEnvironmentVariable("TRANSFERKIT_TEST_PICTURES") is { Length: > 0 } folder)
            await Page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = true });
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
