using System.Net;

namespace TransferKit.Tests.Toolkit.Serving;

/// <summary>A server that accepts one upload at a time and is receiving one.</summary>
public sealed class FullServerTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task Requests_are_rejected_until_the_upload_is_finished_or_canceled()
    {
        var options = server.Options with { Images = null, MaxUploads = 1, UploadTimeout = TimeSpan.FromMinutes(5) };
        var (app, address) = await RunningServer.Start(options);
        await using var running = app;
        using var handler = new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(5) };
        using var client = new HttpClient(handler) { BaseAddress = address };
        byte[] photo = await File.ReadAllBytesAsync(Path.Combine(server.Photos, "discs", "00.jpg"));

        using (var heldUpload = new HeldContent(photo))
        {
            var response = Post(heldUpload);
            await heldUpload.Requested;
            using var rejected = await Post(new ByteArrayContent(photo));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, rejected.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(1), rejected.Headers.RetryAfter!.Delta);
            Assert.Contains("1 uploads are being processed, which is the maximum; try again later.",
                await rejected.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            heldUpload.Send();
            Assert.Equal(HttpStatusCode.OK, (await response).StatusCode);
        }

        using (var canceledUpload = new HeldContent(photo))
        using (var cancel = new CancellationTokenSource())
        {
            var response = Post(canceledUpload, cancel.Token);
            await canceledUpload.Requested;
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => response);
        }
        // The server notices a closed connection at some later time.
        HttpStatusCode status;
        int tries = 0;
        while ((status = (await Post(new ByteArrayContent(photo))).StatusCode) == HttpStatusCode.ServiceUnavailable && ++tries < 600)
            await Task.Delay(100);
        Assert.Equal(HttpStatusCode.OK, status);

        Task<HttpResponseMessage> Post(HttpContent content, CancellationToken cancellationToken = default)
        {
            content.Headers.ContentType = new("image/jpeg");
            var request = new HttpRequestMessage(HttpMethod.Post, "/classify")
            {
                Content = content,
                Headers = { ExpectContinue = content is HeldContent },
            };
            return client.SendAsync(request, cancellationToken);
        }
    }

    /// <summary>A body that is held back until <see cref="Send"/>. The server requests it when it has accepted the upload.</summary>
    private sealed class HeldContent(byte[] body) : HttpContent
    {
        private readonly TaskCompletionSource _requested = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _send = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Requested => _requested.Task;

        public void Send() => _send.SetResult();

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, default);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            _requested.SetResult();
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
