using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;

namespace TransferKit.Toolkit;

/// <summary>What a command says: results on standard output, as text or one JSON object; all else on standard error.</summary>
internal sealed class Shell(TextWriter output, TextWriter error, bool json)
{
    /// <summary>How results are written as JSON, on standard output and in files.</summary>
    public static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The option every command has.</summary>
    public static Option<bool> JsonOption() => new("--json") { Description = "Print one JSON object on standard output, and nothing else there." };

    /// <summary>Remarks, which are never part of a result.</summary>
    public void Say(string line) => error.WriteLine(line);

    /// <summary>The result: JSON where asked for, else what the function writes.</summary>
    public void Result(object result, Action<IAnsiConsole> text)
    {
        if (json)
            output.WriteLine(JsonSerializer.Serialize(result, Json));
        else
            text(Console());
    }

    /// <summary>Runs work on a number of images with progress: a bar on a terminal, plain lines otherwise.</summary>
    public T Track<T>(string what, int total, Func<IProgress<int>, T> work)
    {
        if (System.Console.IsErrorRedirected || error != System.Console.Error)
            return work(new PlainProgress(error, what, total));
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(System.Console.Error) });
        return console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new SpinnerColumn(), new RemainingTimeColumn())
            .Start(context => work(new BarProgress(context.AddTask(what, maxValue: total), what)));
    }

    // Lines are for other programs unless standard output is a terminal: no colors, and never broken.
    private IAnsiConsole Console()
    {
        bool terminal = output == System.Console.Out && !System.Console.IsOutputRedirected;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            ColorSystem = terminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        });
        if (!terminal)
            console.Profile.Width = 4096;
        return console;
    }
}
