using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace TransferKit.Pipelines.Serving;

/// <summary>
/// Gathers calls from any thread into batches and runs these on worker threads of its own, so that computing does not block the thread pool
/// that web servers depend on. A call that finds the queue full is rejected at once.
/// </summary>
/// <typeparam name="TInput">What a call passes in.</typeparam>
/// <typeparam name="TResult">What a call gets back.</typeparam>
internal sealed class BatchQueue<TInput, TResult> : IDisposable
{
    private readonly BlockingCollection<Call> _calls;
    private readonly Thread[] _workers;
    private readonly Action<IReadOnlyList<Call>> _runBatch;
    private readonly ImageClassifierOptions _options;

    /// <summary>Starts the workers.</summary>
    /// <param name="options">Batch size, delay, queue length and number of threads.</param>
    /// <param name="runBatch">Completes or fails each call of a batch. An exception fails all calls that are not completed.</param>
    public BatchQueue(ImageClassifierOptions options, Action<IReadOnlyList<Call>> runBatch)
    {
        (_options, _runBatch, _calls) = (options, runBatch, new(options.QueueLength));
        _workers = [.. Enumerable.Range(0, options.Threads).Select(CreateWorker)];
        foreach (var worker in _workers)
            worker.Start();
    }

    /// <summary>The number of calls that no worker has taken yet.</summary>
    public int Waiting => _calls.Count;

    /// <summary>Puts a call into the queue and waits for its result.</summary>
    /// <param name="input">The input.</param>
    /// <param name="cancellationToken">Ends the waiting; a call that is already running is finished, but its result is lost.</param>
    /// <exception cref="ClassifierBusyException">The queue is full.</exception>
    /// <exception cref="OperationCanceledException">The call was canceled.</exception>
    public async Task<TResult> Run(TInput input, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var call = new Call(input);
        ObjectDisposedException.ThrowIf(_calls.IsAddingCompleted, this);
        if (!_calls.TryAdd(call))
            throw new ClassifierBusyException($"The queue is full: {_options.QueueLength} images are waiting. Try again later.");
        Telemetry.Queued.Add(1);
        using (cancellationToken.Register(() => call.Cancel(cancellationToken)))
            return await call.Result.ConfigureAwait(false);
    }

    /// <summary>Accepts no further calls, and returns when all waiting ones are finished.</summary>
    public void Dispose()
    {
        _calls.CompleteAdding();
        foreach (var worker in _workers)
            worker.Join();
        _calls.Dispose();
    }

    private Thread CreateWorker(int number) => new(Work) { IsBackground = true, Name = $"{nameof(ImageClassifier)} {number}" };

    private void Work()
    {
        foreach (var first in _calls.GetConsumingEnumerable())
        {
            List<Call> batch = [first];
            long start = Stopwatch.GetTimestamp();
            while (batch.Count < _options.BatchSize && _calls.TryTake(out var next, MillisecondsLeft(start)))
                batch.Add(next);
            Telemetry.Queued.Add(-batch.Count);
            batch.RemoveAll(c => c.IsDone);
            if (batch.Count > 0)
                Run(batch);
        }
    }

    private int MillisecondsLeft(long start) =>
        (int)Math.Max(0, (_options.MaxDelay - Stopwatch.GetElapsedTime(start)).TotalMilliseconds);

    private void Run(List<Call> batch)
    {
        try
        {
            Telemetry.BatchSizes.Record(batch.Count);
            _runBatch(batch);
        }
        catch (Exception e)
        {
            // The worker must go on, and no caller may wait forever: each gets the exception.
            foreach (var call in batch)
                call.Fail(e);
        }
    }

    /// <summary>A call that waits for its result. Only the first completion takes effect.</summary>
    /// <param name="input">The input.</param>
    internal sealed class Call(TInput input)
    {
        // The caller's continuation must not run on the worker's thread.
        private readonly TaskCompletionSource<TResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TInput? _input = input;

        /// <summary>The result, once the call is completed.</summary>
        public Task<TResult> Result => _result.Task;

        /// <summary>Whether the call is completed, failed or canceled.</summary>
        public bool IsDone => _result.Task.IsCompleted;

        /// <summary>Gives the call its result.</summary>
        public void Complete(TResult result) => _result.TrySetResult(result);

        /// <summary>Gives the call an exception as its result.</summary>
        public void Fail(Exception exception) => _result.TrySetException(exception);

        /// <summary>Cancels the call and releases its input, which may be large, although the call stays in the queue.</summary>
        public void Cancel(CancellationToken cancellationToken)
        {
            _result.TrySetCanceled(cancellationToken);
            _input = default;
        }

        /// <summary>Gets the input of a call that is still waiting.</summary>
        /// <returns>Whether the call is waiting; false once it is done.</returns>
        public bool TryTake([MaybeNullWhen(false)] out TInput taken)
        {
            // Cancel completes the call before it releases the input: the input is valid if the call is not done after reading it.
            taken = _input;
            return !IsDone;
        }
    }
}
