namespace TransferKit.Toolkit;

/// <summary>Ctrl-C ends the training, not the program: the best weights until then are tested and saved.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly Shell _shell;

    public Interruption(Shell shell)
    {
        _shell = shell;
        Console.CancelKeyPress += Stop;
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        Console.CancelKeyPress -= Stop;
        _source.Dispose();
    }

    private void Stop(object? sender, ConsoleCancelEventArgs e)
    {
        // A second time, it is meant for the program.
        e.Cancel = !_source.IsCancellationRequested;
        if (e.Cancel)
            _shell.Log("Stopping; the best epoch so far is kept.");
        _source.Cancel();
    }
}
