using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace TransferKit.Tests.Notebooks;

/// <summary>
/// Runs the notebooks offline, and compares their outputs with the stored ones, except for numbers and predicted classes.
/// TRANSFERKIT_NOTEBOOKS=write stores the new outputs.
/// </summary>
public class NotebookTests
{
    private static readonly string Folder = Path.Combine(Programs.Root, "Notebooks");

    public static TheoryData<string> All =>
        [.. Directory.GetFiles(Folder, "*.ipynb").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(All))]
    public async Task A_notebook_runs_and_gives_the_stored_outputs(string name)
    {
        var notebook = new Notebook(Path.Combine(Folder, name));
        bool write = Environment.GetEnvironmentVariable("TRANSFERKIT_NOTEBOOKS") == "write";
        var runner = new NotebookRunner();
        string previousFolder = Directory.GetCurrentDirectory();
        using var temporary = new TemporaryFolder();
        Directory.SetCurrentDirectory(temporary.Root);
        try
        {
            for (int i = 0; i < notebook.Code.Count; i++)
            {
                var outputs = await Run(runner, notebook, i);
                if (write)
                    notebook.Code[i]["outputs"] = outputs.DeepClone();
                else
                    CheckStored(notebook, i, outputs);
            }
        }
        finally
        {
            Directory.SetCurrentDirectory(previousFolder);
        }
        if (write)
            notebook.Save();
    }

    /// <summary>The stored outputs fit a browser window, in light and dark colors, and load nothing from elsewhere.</summary>
    [Theory, MemberData(nameof(All))]
    public async Task A_notebook_fits_a_browser(string name)
    {
        string page = new Notebook(Path.Combine(Folder, name)).ToHtml();
        foreach (var colors in new[] { ColorScheme.Dark, ColorScheme.Light })
        {
            await using var browser = await Browser.Open(1000, 900, colors);
            await browser.Page.SetContentAsync(page);
            await browser.Page.EvaluateAsync(
                "document.images.length && Promise.all([...document.images].map(i => (i.loading = 'eager', i.decode())))");
            Assert.Equal(1000, await browser.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
            await browser.Picture($"{name}-{colors}");
            Assert.Empty(browser.Remarks);
            Assert.All(browser.Requests, r => Assert.StartsWith("data:", r, StringComparison.Ordinal));
        }
    }

    /// <summary>A wrong argument gives one exception with a helpful message, not one wrapped in others.</summary>
    [Theory]
    [InlineData("""context.Transforms.FeaturizeImages("Features", "ImagePath", "resnet51")""",
        "Unknown backbone 'resnet51'. Did you mean resnet50?")]
    [InlineData("""context.Data.LoadImagesFromFolder("nowhere")""", "'nowhere'")]
    public async Task A_wrong_argument_in_a_cell_gives_a_helpful_error(string code, string message)
    {
        var runner = new NotebookRunner();
        await runner.Run("using Microsoft.ML;\nvar context = new MLContext(1);");
        var error = await Assert.ThrowsAnyAsync<Exception>(() => runner.Run(code));
        Assert.Null(error.InnerException);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    private static void CheckStored(Notebook notebook, int cell, JsonArray outputs)
    {
        string[] stored = Notebook.Describe(notebook.Code[cell]["outputs"]!.AsArray()), actual = Notebook.Describe(outputs);
        Assert.True(stored.SequenceEqual(actual), $"{notebook.Name}, code cell {cell + 1} gives\n{string.Join('\n', actual)}\n" +
            $"but stored is\n{string.Join('\n', stored)}\nTRANSFERKIT_NOTEBOOKS=write stores the new outputs.");
    }

    private static async Task<JsonArray> Run(NotebookRunner runner, Notebook notebook, int cell)
    {
        try
        {
            return await runner.Run(Notebook.Source(notebook.Code[cell]));
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{notebook.Name}, code cell {cell + 1}: {e.Message}", e);
        }
    }
}
