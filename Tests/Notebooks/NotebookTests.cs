using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace TransferKit.Tests.Notebooks;

/// <summary>The notebooks run, without a network, and the outputs stored in them are of the kinds that come out. TRANSFERKIT_NOTEBOOKS=write stores new ones.</summary>
public class NotebookTests
{
    public static TheoryData<string> All => [.. Directory.GetFiles(Path.Combine(Programs.Root, "Notebooks"), "*.ipynb").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(All))]
    public async Task A_notebook_runs_and_its_outputs_are_not_stale(string name)
    {
        var notebook = new Notebook(Path.Combine(Programs.Root, "Notebooks", name));
        bool write = Environment.GetEnvironmentVariable("TRANSFERKIT_NOTEBOOKS") == "write";
        var runner = new NotebookRunner();
        string folder = Directory.GetCurrentDirectory();
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
                    Assert.True(Notebook.Kinds(outputs).SequenceEqual(Notebook.Kinds(notebook.Code[i]["outputs"]!.AsArray())),
                        $"{name}, code cell {i + 1}: it gives {string.Join(", ", Notebook.Kinds(outputs))}, and {string.Join(", ", Notebook.Kinds(notebook.Code[i]["outputs"]!.AsArray()))} is stored.");
            }
        }
        finally
        {
            Directory.SetCurrentDirectory(folder);
        }
        if (write)
            notebook.Save();
    }

    /// <summary>What is stored reads well, by day and by night.</summary>
    [Theory, MemberData(nameof(All))]
    public async Task A_notebook_is_whole_in_a_browser(string name)
    {
        string page = new Notebook(Path.Combine(Programs.Root, "Notebooks", name)).ToHtml();
        foreach (var colors in new[] { ColorScheme.Dark, ColorScheme.Light })
        {
            await using var browser = await Browser.Open(1000, 900, colors);
            await browser.Page.SetContentAsync(page);
            await browser.Page.EvaluateAsync("document.images.length && Promise.all([...document.images].map(i => (i.loading = 'eager', i.decode())))");
            Assert.Equal(1000, await browser.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
            await browser.Picture($"{name}-{colors}");
            Assert.Empty(browser.Remarks);
            Assert.All(browser.Requests, r => Assert.StartsWith("data:", r, StringComparison.Ordinal));
        }
    }

    /// <summary>For people without notebooks: the same in one file, which the SDK builds and runs.</summary>
    [Fact]
    public void The_file_runs_as_an_app()
    {
        var (code, output, error) = Programs.Run("run", Path.Combine(Programs.Root, "Notebooks", "quickstart.cs"));
        Assert.True(code == 0, error + output);
        Assert.Matches(@"\d+ of 20 correct", output);
        Assert.Contains("is seen within Box", output, StringComparison.Ordinal);
    }

    /// <summary>An error of the user's is one exception with a message that says what to do, not one within others.</summary>
    [Theory]
    [InlineData("context.Transforms.FeaturizeImages(\"Features\", \"ImagePath\", \"resnet51\")", "Unknown backbone 'resnet51'. Did you mean resnet50?")]
    [InlineData("context.Data.LoadImagesFromFolder(\"nowhere\")", "'nowhere'")]
    public async Task A_mistake_in_a_cell_reads_well(string code, string message)
    {
        var runner = new NotebookRunner();
        await runner.Run("using Microsoft.ML;\nvar context = new MLContext(1);");
        var error = await Assert.ThrowsAnyAsync<Exception>(() => runner.Run(code));
        Assert.Null(error.InnerException);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
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
