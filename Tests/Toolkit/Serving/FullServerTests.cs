using System.Net;

namespace TransferKit.Tests.Toolkit.Serving;

/// <summary>A server with a place for one upload, and somebody in it.</summary>
public sealed class FullServerTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task Others_are_told_when_to_come_again_until_the_place_is_free()
    {
        var (app, address) = await RunningServer.Start(server.Options with { Photos = null, MaxUploads = 1, UploadTime = TimeSpan.FromMinutes(5) });
        await using var running = app;
        using var client = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(5) }) { BaseAddress = address };
        byte[] photo = await File.ReadAllBytesAsync(Path.Combine(server.Photos, "discs", "00.jpg"));

        // One who takes the time.
        using (var slow = new HeldContent(photo))
        {
            var answer = Post(slow);
            await slow.Asked;
            using var refused = await Post(new ByteArrayContent(photo));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter!.Delta);
            Assert.Contains("1 uploads are under way already; try again later.", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            slow.Send();
            Assert.Equal(HttpStatusCode.OK, (await answer).StatusCode);
        }

        // One who leaves.
        using (var gone = new HeldContent(photo))
        using (var leave = new CancellationTokenSource())
        {
            var answer = Post(gone, leave.Token);
            await gone.Asked;
            await leave.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        }
        HttpStatusCode status;
        int tries = 0;
        while ((status = (await Post(new ByteArrayContent(photo))).StatusCode) == HttpStatusCode.ServiceUnavailable && ++tries < 600)
            await Task.Delay(100);
        Assert.Equal(HttpStatusCode.OK, status);

        Task<HttpResponseMessage> Post(HttpContent content, CancellationToken cancel = default)
        {
            content.Headers.ContentType = new("image/jpeg");
            return client.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/classify") { Content = content, Headers = { ExpectContinue = content is HeldContent } }, cancel);
        }
    }

    /// <summary>A body that is sent when it is told; that the server asks for it shows that its place is taken.</summary>
    private sealed class HeldContent(byte[] body) : HttpContent
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously), _send = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task;

        public void Send() => _send.SetResult();

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, default);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            _asked.SetResult();
            await _send.Task.WaitAsync(cancellationToken);
            await stream.WriteAsync(body, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = body.Length;
            return true;
        }
    }
}
