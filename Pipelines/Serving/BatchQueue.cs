using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace TransferKit.Pipelines.Serving;

/// <summary>
/// Gathers calls from any thread into batches, which threads of its own work on: the thread pool, which web servers live on, is not
/// blocked by arithmetic. What finds the queue full is turned away at once.
/// </summary>
internal sealed class BatchQueue<TInput, TResult> : IDisposable
{
    private readonly BlockingCollection<Call> _calls;
    private readonly Thread[] _workers;
    private readonly Action<IReadOnlyList<Call>> _run;
    private readonly ImageClassifierOptions _options;

    /// <param name="options">Sizes and times.</param>
    /// <param name="run">Works on a batch: completes or fails each call. What it throws fails all that are left.</param>
    public BatchQueue(ImageClassifierOptions options, Action<IReadOnlyList<Call>> run)
    {
        (_options, _run, _calls) = (options, run, new(options.QueueLength));
        _workers = [.. Enumerable.Range(0, options.Threads).Select(i => new Thread(Work) { IsBackground = true, Name = $"{nameof(ImageClassifier)} {i}" })];
        foreach (var worker in _workers)
            worker.Start();
    }

    /// <summary>How many calls no worker has taken yet.</summary>
    public int Waiting => _calls.Count;

    /// <exception cref="ClassifierBusyException">The queue is full.</exception>
    /// <exception cref="OperationCanceledException">The call was canceled before its turn came.</exception>
    public async Task<TResult> Run(TInput input, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var call = new Call(input);
        ObjectDisposedException.ThrowIf(_calls.IsAddingCompleted, this);
        if (!_calls.TryAdd(call))
            throw new ClassifierBusyException($"{_options.QueueLength} images are waiting already; try again later.");
        Telemetry.Queued.Add(1);
        using (cancellationToken.Register(() => call.Cancel(cancellationToken)))
            return await call.Result.ConfigureAwait(false);
    }

    /// <summary>Takes no further calls, and returns when all are done.</summary>
    public void Dispose()
    {
        _calls.CompleteAdding();
        foreach (var worker in _workers)
            worker.Join();
        _calls.Dispose();
    }

    private void Work()
    {
        foreach (var first in _calls.GetConsumingEnumerable())
        {
            List<Call> batch = [first];
            long since = Stopwatch.GetTimestamp();
            while (batch.Count < _options.BatchSize && _calls.TryTake(out var next, Left(since)))
                batch.Add(next);
            Telemetry.Queued.Add(-batch.Count);
            batch.RemoveAll(c => c.IsDone);
            if (batch.Count > 0)
                Try(batch);
        }
    }

    private int Left(long since) => (int)Math.Max(0, (_options.MaxDelay - Stopwatch.GetElapsedTime(since)).TotalMilliseconds);

    private void Try(List<Call> batch)
    {
        try
        {
            Telemetry.BatchSizes.Record(batch.Count);
            _run(batch);
        }
        catch (Exception e)
        {
            // Nothing may end the thread, and nobody may wait forever: each caller gets the exception.
            foreach (var call in batch)
                call.Fail(e);
        }
    }

    /// <summary>A call that waits for its result. Of several ends the first counts.</summary>
    internal sealed class Call(TInput input)
    {
        // What the caller does next must not run on the worker.
        private readonly TaskCompletionSource<TResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TInput? _input = input;

        public Task<TResult> Result => _result.Task;

        public bool IsDone => _result.Task.IsCompleted;

        public void Complete(TResult result) => _result.TrySetResult(result);

        public void Fail(Exception problem) => _result.TrySetException(problem);

        /// <summary>Ends it and lets go of its input, which may be large and would wait in the queue.</summary>
        public void Cancel(CancellationToken token)
        {
            _result.TrySetCanceled(token);
            _input = default;
        }

        /// <summary>The input, unless nobody waits for a result any more. It is read before the end is looked at, and let go after it.</summary>
        public bool TryTake([MaybeNullWhen(false)] out TInput taken)
        {
            taken = _input;
            return !IsDone;
        }
    }
}
