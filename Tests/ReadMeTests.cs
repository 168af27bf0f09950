using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using SkiaSharp;
using TransferKit.Pipelines.Samples;
using TransferKit.Toolkit;

namespace TransferKit.Tests;

/// <summary>The examples of the READMEs are compiled and run from the files themselves, and what they link to is there.</summary>
public sealed partial class ReadMeTests : IDisposable
{
    // Those of a console project.
    private static readonly string[] ImplicitUsings =
    [
        "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks",
    ];

    // What the page's service answers, which the page leaves to its reader.
    private const string UseOfTheService = """
        app.Urls.Add("http://127.0.0.1:0");
        app.StartAsync().Wait();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        string Answer(byte[] body)
        {
            using var answer = client.PostAsync("/classify", new ByteArrayContent(body)).Result;
            return $"{(int)answer.StatusCode}: {answer.Content.ReadAsStringAsync().Result}";
        }
        string image = Answer(File.ReadAllBytes(test.Images[0].ImagePath)), noImage = Answer([1, 2, 3]);
        if (!image.StartsWith("200: [{\"label\":") || !noImage.StartsWith("422: ") || !noImage.Contains("not an image"))
            throw new InvalidOperationException($"{image}; {noImage}");
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly string _before = Directory.GetCurrentDirectory();

    public static TheoryData<string> All =>
        ["README.md", "CONTRIBUTING.md", "Featurizers/README.md", "Pipelines/README.md", "Toolkit/README.md", "Tests/Benchmarks/README.md"];

    public void Dispose()
    {
        Directory.SetCurrentDirectory(_before);
        _folder.Dispose();
    }

    /// <summary>The C# examples of a page are one console program, which runs in a folder with what the pages speak of.</summary>
    [Theory, MemberData(nameof(All))]
    public void Examples_in_CSharp_run(string page)
    {
        string[] examples = [.. Blocks(page, "csharp")];
        bool hasExamples = page is "README.md" or "Featurizers/README.md" or "Pipelines/README.md";
        Assert.Equal(hasExamples, examples.Length > 0);
        if (!hasExamples)
            return;
        SamplePhotos.Draw(_folder.File("photos"), classes: 5, perClass: 5);
        DrawBoxes(_folder.File("boxes"), count: 4);
        Directory.SetCurrentDirectory(_folder.Root);
        string[] program = page == "Pipelines/README.md" ? [.. examples, UseOfTheService] : examples;
        Compile(page, program).EntryPoint!.Invoke(null, [Array.Empty<string>()]);
    }

    /// <summary>Every command line of the READMEs is accepted; words in capitals stand for files and folders.</summary>
    [Theory, MemberData(nameof(All))]
    public void Examples_of_the_command_are_accepted(string page)
    {
        Directory.SetCurrentDirectory(_folder.Root);
        foreach (string line in Blocks(page, "sh").SelectMany(b => b.Split('\n')))
        {
            var command = CommandLine().Match(line);
            if (!command.Success)
                continue;
            string[] arguments = command.Groups["arguments"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            // Files must exist for some arguments; which ones does not matter to the syntax.
            foreach (string file in arguments.Where(a => !a.StartsWith('-') && a.Contains('.', StringComparison.Ordinal)))
                Touch(file);
            foreach (string folder in new[] { "photos", "boxes", "images" })
                Directory.CreateDirectory(folder);
            var parsed = Cli.CreateRoot(TextWriter.Null, TextWriter.Null).Parse(arguments);
            Assert.Empty(parsed.Errors.Select(e => $"{page}: {line}: {e.Message}"));
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Links_lead_to_files_and_headings(string page)
    {
        string folder = Path.GetDirectoryName(Path.Combine(Programs.Root, page))!;
        foreach (Match link in Link().Matches(Text(page)))
        {
            if (link.Groups["target"].Value.StartsWith("http", StringComparison.Ordinal))
                continue;
            string[] parts = link.Groups["target"].Value.Split('#');
            string target = Path.Combine(folder, parts[0]);
            Assert.True(Path.Exists(target), $"{page} links to {parts[0]}, which does not exist.");
            if (parts.Length > 1)
                Assert.Contains(parts[1], Headings(File.ReadAllText(target)));
        }
    }

    private static IEnumerable<string> Headings(string markdown) =>
        Heading().Matches(markdown).Select(h => h.Groups["title"].Value.ToLowerInvariant().Replace(' ', '-'));

    private static IEnumerable<string> Blocks(string page, string language) =>
        Block().Matches(Text(page)).Where(b => b.Groups["language"].Value == language).Select(b => b.Groups["code"].Value);

    private static string Text(string page) => File.ReadAllText(Path.Combine(Programs.Root, page)).ReplaceLineEndings("\n");

    // Using directives of later examples move to the top of the program.
    private static Assembly Compile(string page, string[] examples)
    {
        var lines = ImplicitUsings.Select(u => $"using {u};").Concat(examples.SelectMany(e => e.Split('\n'))).ToLookup(IsUsing);
        string program = string.Join('\n', lines[true].Distinct().Concat(lines[false]));
        string[] assemblies = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        var compilation = CSharpCompilation.Create("ReadMe", [CSharpSyntaxTree.ParseText(program)],
            assemblies.Where(File.Exists).Select(f => MetadataReference.CreateFromFile(f)), new(OutputKind.ConsoleApplication));
        using var stream = new MemoryStream();
        var result = compilation.Emit(stream);
        Assert.True(result.Success, $"{page}: {string.Join('\n', result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error))}");
        return Assembly.Load(stream.ToArray());
    }

    private static bool IsUsing(string line) => UsingDirective().IsMatch(line);

    private static void Touch(string file)
    {
        if (Path.GetDirectoryName(file) is { Length: > 0 } folder)
            Directory.CreateDirectory(folder);
        File.WriteAllText(file, "");
    }

    /// <summary>Gray images with a white square each, annotated in Pascal VOC's format.</summary>
    private static void DrawBoxes(string folder, int count)
    {
        Directory.CreateDirectory(folder);
        for (int i = 0; i < count; i++)
        {
            using var bitmap = new SKBitmap(96, 64);
            using var canvas = new SKCanvas(bitmap);
            canvas.Clear(SKColors.Gray);
            canvas.DrawRect(10 + 10 * i, 20, 30, 30, new SKPaint { Color = SKColors.White });
            using var file = File.Create(Path.Combine(folder, $"{i}.png"));
            bitmap.Encode(file, SKEncodedImageFormat.Png, quality: 100);
            string box = $"<xmin>{11 + 10 * i}</xmin><ymin>21</ymin><xmax>{40 + 10 * i}</xmax><ymax>50</ymax>";
            string annotation = $"<annotation><object><name>square</name><bndbox>{box}</bndbox></object></annotation>";
            File.WriteAllText(Path.Combine(folder, $"{i}.xml"), annotation, Encoding.UTF8);
        }
    }

    [GeneratedRegex(@"^```(?<language>\w+)\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^(?:transferkit|dotnet run -c Release --project Toolkit --) (?<arguments>.+)$")]
    private static partial Regex CommandLine();

    [GeneratedRegex(@"\]\((?<target>[^)]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^using [\w.]+;$")]
    private static partial Regex UsingDirective();

    [GeneratedRegex(@"^#+ (?<title>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
