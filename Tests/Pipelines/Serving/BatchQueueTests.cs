using System.Collections.Concurrent;
using TransferKit.Pipelines.Serving;

namespace TransferKit.Tests.Pipelines.Serving;

public class BatchQueueTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task What_waits_goes_together_and_what_finds_no_place_is_turned_away()
    {
        using var gate = new ManualResetEventSlim();
        var sizes = new ConcurrentQueue<int>();
        using var queue = new BatchQueue<int, int>(new() { BatchSize = 3, QueueLength = 4, Threads = 1, MaxDelay = TimeSpan.Zero }, calls =>
        {
            gate.Wait();
            sizes.Enqueue(calls.Count);
            foreach (var call in calls)
                call.Complete(10 * Input(call));
        });
        var first = queue.Run(0, default);
        await Taken(queue, first);
        Task<int>[] waiting = [.. Enumerable.Range(1, 4).Select(i => queue.Run(i, default))];
        Assert.Equal("4 images are waiting already; try again later.", (await Assert.ThrowsAsync<ClassifierBusyException>(() => queue.Run(5, default))).Message);
        gate.Set();
        int[] results = await Task.WhenAll([first, .. waiting]).WaitAsync(Soon);
        Assert.Equal([0, 10, 20, 30, 40], results);
        Assert.Equal([1, 3, 1], sizes);
    }

    [Fact]
    public async Task The_first_waits_a_little_for_others()
    {
        using var queue = new BatchQueue<int, int>(new() { BatchSize = 2, Threads = 1, MaxDelay = TimeSpan.FromSeconds(10) }, calls =>
        {
            foreach (var call in calls)
                call.Complete(calls.Count);
        });
        // A full batch does not wait any longer.
        int[] results = await Task.WhenAll(queue.Run(1, default), queue.Run(2, default)).WaitAsync(TimeSpan.FromSeconds(9));
        Assert.Equal([2, 2], results);
    }

    [Fact]
    public async Task A_cancelled_call_is_not_worked_on_and_a_failure_reaches_every_caller()
    {
        using var gate = new ManualResetEventSlim();
        var seen = new ConcurrentQueue<int>();
        using var queue = new BatchQueue<int, int>(new() { BatchSize = 4, Threads = 1, MaxDelay = TimeSpan.Zero }, calls =>
        {
            gate.Wait();
            foreach (var call in calls)
                seen.Enqueue(Input(call));
            if (calls.Any(c => Input(c) == 3))
                throw new InvalidOperationException("broken");
            foreach (var call in calls)
                call.Complete(0);
        });
        var first = queue.Run(1, default);
        await Taken(queue, first);
        using var cancel = new CancellationTokenSource();
        var canceled = queue.Run(2, cancel.Token);
        Task<int>[] failing = [queue.Run(3, default), queue.Run(4, default)];
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => canceled);
        gate.Set();
        await first.WaitAsync(Soon);
        foreach (var call in failing)
            Assert.Equal("broken", (await Assert.ThrowsAsync<InvalidOperationException>(() => call.WaitAsync(Soon))).Message);
        Assert.Equal(0, await queue.Run(5, default).WaitAsync(Soon));
        Assert.Equal([1, 3, 4, 5], seen);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queue.Run(6, cancel.Token));
    }

    [Fact]
    public async Task Released_it_finishes_what_waits_and_takes_nothing_more()
    {
        var queue = new BatchQueue<int, int>(new() { BatchSize = 2, Threads = 2, MaxDelay = TimeSpan.Zero }, calls =>
        {
            Thread.Sleep(20);
            foreach (var call in calls)
                call.Complete(Input(call));
        });
        Task<int>[] calls = [.. Enumerable.Range(0, 20).Select(i => queue.Run(i, default))];
        queue.Dispose();
        // Done when the queue is; that callers hear of it is up to the thread pool.
        Assert.Equal(Enumerable.Range(0, 20), await Task.WhenAll(calls).WaitAsync(Soon));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => queue.Run(1, default));
    }

    // Until the worker has taken the first call, those that follow would go with it.
    private static async Task Taken(BatchQueue<int, int> queue, Task<int> first)
    {
        for (int i = 0; queue.Waiting > 0; i++)
        {
            Assert.True(i < 3000 && !first.IsCompleted);
            await Task.Delay(10);
        }
    }

    private static int Input(BatchQueue<int, int>.Call call) => call.TryTake(out int input) ? input : throw new InvalidOperationException("It was canceled.");

    [Fact]
    public void A_cancelled_call_lets_go_of_its_input()
    {
        var call = new BatchQueue<byte[], int>.Call(new byte[1]);
        Assert.True(call.TryTake(out _));
        call.Cancel(new CancellationToken(canceled: true));
        Assert.False(call.TryTake(out byte[]? left));
        Assert.Null(left);
    }
}
