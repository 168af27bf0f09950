using System.Collections.Concurrent;
using TransferKit.Pipelines.Serving;

namespace TransferKit.Tests.Pipelines.Serving;

public class BatchQueueTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Waiting_calls_form_batches_and_a_full_queue_rejects_calls()
    {
        using var gate = new ManualResetEventSlim();
        var sizes = new ConcurrentQueue<int>();
        var options = new ImageClassifierOptions { BatchSize = 3, QueueLength = 4, Threads = 1, MaxDelay = TimeSpan.Zero };
        using var queue = new BatchQueue<int, int>(options, calls =>
        {
            gate.Wait();
            sizes.Enqueue(calls.Count);
            foreach (var call in calls)
                call.Complete(10 * Input(call));
        });
        var first = queue.Run(0, default);
        await WaitUntilTaken(queue, first);
        Task<int>[] waiting = [.. Enumerable.Range(1, 4).Select(i => queue.Run(i, default))];
        var rejected = await Assert.ThrowsAsync<ClassifierBusyException>(() => queue.Run(5, default));
        Assert.Equal("The queue is full: 4 images are waiting. Try again later.", rejected.Message);
        gate.Set();
        int[] results = await Task.WhenAll([first, .. waiting]).WaitAsync(Soon);
        Assert.Equal([0, 10, 20, 30, 40], results);
        Assert.Equal([1, 3, 1], sizes);
    }

    [Fact]
    public async Task The_first_call_of_a_batch_waits_for_others()
    {
        var options = new ImageClassifierOptions { BatchSize = 2, Threads = 1, MaxDelay = TimeSpan.FromSeconds(10) };
        using var queue = new BatchQueue<int, int>(options, calls =>
        {
            foreach (var call in calls)
                call.Complete(calls.Count);
        });
        // A full batch does not wait any longer.
        int[] results = await Task.WhenAll(queue.Run(1, default), queue.Run(2, default)).WaitAsync(TimeSpan.FromSeconds(9));
        Assert.Equal([2, 2], results);
    }

    [Fact]
    public async Task A_canceled_call_is_not_run_and_a_failure_reaches_every_caller()
    {
        using var gate = new ManualResetEventSlim();
        var inputs = new ConcurrentQueue<int>();
        var options = new ImageClassifierOptions { BatchSize = 4, Threads = 1, MaxDelay = TimeSpan.Zero };
        using var queue = new BatchQueue<int, int>(options, calls =>
        {
            gate.Wait();
            foreach (var call in calls)
                inputs.Enqueue(Input(call));
            if (calls.Any(c => Input(c) == 3))
                throw new InvalidOperationException("broken");
            foreach (var call in calls)
                call.Complete(0);
        });
        var first = queue.Run(1, default);
        await WaitUntilTaken(queue, first);
        using var cancellation = new CancellationTokenSource();
        var canceled = queue.Run(2, cancellation.Token);
        Task<int>[] failing = [queue.Run(3, default), queue.Run(4, default)];
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => canceled);
        gate.Set();
        await first.WaitAsync(Soon);
        foreach (var call in failing)
            Assert.Equal("broken", (await Assert.ThrowsAsync<InvalidOperationException>(() => call.WaitAsync(Soon))).Message);
        Assert.Equal(0, await queue.Run(5, default).WaitAsync(Soon));
        Assert.Equal([1, 3, 4, 5], inputs);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queue.Run(6, cancellation.Token));
    }

    [Fact]
    public async Task A_disposed_queue_finishes_waiting_calls_and_accepts_no_more()
    {
        var options = new ImageClassifierOptions { BatchSize = 2, Threads = 2, MaxDelay = TimeSpan.Zero };
        var queue = new BatchQueue<int, int>(options, calls =>
        {
            Thread.Sleep(20);
            foreach (var call in calls)
                call.Complete(Input(call));
        });
        Task<int>[] calls = [.. Enumerable.Range(0, 20).Select(i => queue.Run(i, default))];
        queue.Dispose();
        // All calls are completed by now, but their continuations run on the thread pool.
        Assert.Equal(Enumerable.Range(0, 20), await Task.WhenAll(calls).WaitAsync(Soon));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => queue.Run(1, default));
    }

    [Fact]
    public void A_canceled_call_releases_its_input()
    {
        var call = new BatchQueue<byte[], int>.Call(new byte[1]);
        Assert.True(call.TryTake(out _));
        call.Cancel(new CancellationToken(canceled: true));
        Assert.False(call.TryTake(out byte[]? left));
        Assert.Null(left);
    }

    // Waits until the worker has taken the first call, because later calls would otherwise join its batch.
    private static async Task WaitUntilTaken(BatchQueue<int, int> queue, Task<int> first)
    {
        for (int i = 0; queue.Waiting > 0; i++)
        {
            Assert.True(i < 3000 && !first.IsCompleted);
            await Task.Delay(10);
        }
    }

    private static int Input(BatchQueue<int, int>.Call call) =>
        call.TryTake(out int input) ? input : throw new InvalidOperationException("The call was canceled.");
}
