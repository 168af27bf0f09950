namespace TransferKit;

/// <summary>Work on a sequence in parallel and in order, with bounded memory.</summary>
internal static class Prefetch
{
    /// <summary>
    /// Applies <paramref name="work"/> to the items, <paramref name="threads"/> at a time. The source is read on the caller's thread only,
    /// and no more than two items a thread ahead of what has been taken.
    /// </summary>
    public static IEnumerable<TResult> Select<TItem, TResult>(IEnumerable<TItem> source, Func<TItem, TResult> work, int threads)
    {
        var scheduler = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, threads).ConcurrentScheduler;
        var pending = new Queue<Task<TResult>>();
        using var abandoned = new CancellationTokenSource();
        try
        {
            foreach (var item in source)
            {
                pending.Enqueue(Task.Factory.StartNew(() => work(item), abandoned.Token, TaskCreationOptions.None, scheduler));
                if (pending.Count == 2 * threads)
                    yield return pending.Dequeue().GetAwaiter().GetResult();
            }
            while (pending.TryDequeue(out var next))
                yield return next.GetAwaiter().GetResult();
        }
        finally
        {
            // What has not begun never does; what has must not outlive the network it runs on.
            abandoned.Cancel();
            foreach (var task in pending)
                ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
        }
    }
}
