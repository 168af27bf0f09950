namespace TransferKit;

/// <summary>Processes a sequence in parallel, in order and with bounded memory.</summary>
internal static class Prefetch
{
    /// <summary>
    /// Applies a function to the items of a sequence, several at a time, and returns the results in order. The sequence is read on the
    /// caller's thread only, at most two items per thread ahead of the results that have been taken.
    /// </summary>
    /// <param name="source">The sequence.</param>
    /// <param name="function">The function; it is called on other threads.</param>
    /// <param name="threads">The greatest number of calls at the same time.</param>
    public static IEnumerable<TResult> Select<TItem, TResult>(IEnumerable<TItem> source, Func<TItem, TResult> function, int threads)
    {
        var scheduler = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, threads).ConcurrentScheduler;
        var pending = new Queue<Task<TResult>>();
        using var cancellation = new CancellationTokenSource();
        try
        {
            foreach (var item in source)
            {
                pending.Enqueue(Task.Factory.StartNew(() => function(item), cancellation.Token, TaskCreationOptions.None, scheduler));
                if (pending.Count == 2 * threads)
                    yield return pending.Dequeue().GetAwaiter().GetResult();
            }
            while (pending.TryDequeue(out var next))
                yield return next.GetAwaiter().GetResult();
        }
        finally
        {
            // Calls that have not begun are canceled. Those that have begun must end before the caller disposes what they use.
            cancellation.Cancel();
            foreach (var task in pending)
                ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
        }
    }
}
