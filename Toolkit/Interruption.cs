namespace TransferKit.Toolkit;

/// <summary>Makes Ctrl-C end the training instead of the program, so that the best weights so far are tested and saved.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly CommandOutput _output;

    public Interruption(CommandOutput output)
    {
        _output = output;
        Console.CancelKeyPress += Cancel;
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        Console.CancelKeyPress -= Cancel;
        _source.Dispose();
    }

    private void Cancel(object? sender, ConsoleCancelEventArgs e)
    {
        // The second Ctrl-C ends the program.
        bool isFirst = !_source.IsCancellationRequested;
        e.Cancel = isFirst;
        if (isFirst)
            _output.Log("Stopping after this step; the best epoch so far is kept. Press Ctrl-C again to end the program.");
        _source.Cancel();
    }
}
