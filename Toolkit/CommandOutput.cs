using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using TransferKit.Pipelines.Data;

namespace TransferKit.Toolkit;

/// <summary>Writes a command's result to standard output, as text or JSON, and everything else to standard error.</summary>
/// <param name="output">Standard output.</param>
/// <param name="error">Standard error.</param>
/// <param name="json">Whether results are written as JSON.</param>
internal sealed class CommandOutput(TextWriter output, TextWriter error, bool json)
{
    private const int UnwrappedWidth = 4096;

    /// <summary>Creates the option <c>--json</c>, which every command has.</summary>
    public static Option<bool> CreateJsonOption() => new("--json") { Description = "Print the result as JSON." };

    /// <summary>Writes a message to standard error.</summary>
    /// <param name="message">One line of text.</param>
    public void Log(string message) => error.WriteLine(message);

    /// <summary>Writes the files that were skipped to standard error.</summary>
    /// <param name="skipped">The files, each with the reason.</param>
    public void LogSkipped(IEnumerable<FileRemark> skipped)
    {
        foreach (var remark in skipped)
            Log($"Skipped: {remark.Text}");
    }

    /// <summary>Writes the result of a command to standard output.</summary>
    /// <param name="result">The result, which is serialized where JSON was asked for.</param>
    /// <param name="text">Writes the result as text otherwise.</param>
    public void WriteResult(object result, Action<IAnsiConsole> text)
    {
        if (json)
            output.WriteLine(JsonSerializer.Serialize(result, JsonFormat.Options));
        else
            text(CreateConsole());
    }

    /// <summary>Runs work on images and shows its progress: a bar on a terminal, plain lines otherwise.</summary>
    /// <param name="task">The name of the work, such as "Training".</param>
    /// <param name="total">The number of images.</param>
    /// <param name="work">Does the work; it reports how many images are done.</param>
    /// <returns>The result of the work.</returns>
    public T WithProgress<T>(string task, int total, Func<IProgress<int>, T> work)
    {
        if (Console.IsErrorRedirected || error != Console.Error)
            return work(new PlainProgress(error, task, total));
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new SpinnerColumn(), new RemainingTimeColumn())
            .Start(context => work(new BarProgress(context.AddTask(task, maxValue: total), task)));
    }

    // If standard output is not a terminal, another program may read it, so the text has no colors and no wrapped lines.
    private IAnsiConsole CreateConsole()
    {
        bool isTerminal = output == Console.Out && !Console.IsOutputRedirected;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        });
        if (!isTerminal)
            console.Profile.Width = UnwrappedWidth;
        return console;
    }
}
