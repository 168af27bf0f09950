using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;

namespace TransferKit.Tests.Pipelines.Serving;

/// <summary>An app of others that serves a model: Tests/Programs/ServeApp, which references TransferKit.Pipelines and nothing else.</summary>
public sealed class ServeAppTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _client = new();

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task It_serves_what_train_and_finetune_made_without_libtorch_and_exchanges_models_under_load()
    {
        string photos = Drawings.Folder(_folder, each: 6), model = _folder.File("model.zip");
        string[] small = ["--backbone", "resnet18", "--weights", "none", "--crop", "64", "--resize", "64"];
        Assert.Equal(0, Toolkit.CliTests.Run(["train", photos, "--out", model, .. small]).Code);
        Assert.Equal(0, Toolkit.CliTests.Run(["finetune", photos, "--out", _folder.File("run"), "--epochs", "1", .. small]).Code);
        string program = Programs.Path("ServeApp");
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(program)!, "*torch_cpu*", SearchOption.AllDirectories));
        int port = FreePort();
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, $"--urls=http://127.0.0.1:{port}", $"--model={model}"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = process.StandardOutput.ReadToEndAsync();
        try
        {
            _client.BaseAddress = new Uri($"http://127.0.0.1:{port}");
            byte[] photo = await File.ReadAllBytesAsync(Path.Combine(photos, "bars", "00.jpg"));
            await Until(async () => (await TryClassify(photo))?.Generation == 1);
            using var stop = new CancellationTokenSource();
            var load = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                var seen = new HashSet<int>();
                while (!stop.IsCancellationRequested)
                    seen.Add((await Classify(photo)).Generation);
                return seen;
            })));

            await File.WriteAllTextAsync(model, "no model");
            await Task.Delay(1000);
            Assert.Equal(1, (await Classify(photo)).Generation);
            File.Copy(_folder.File("run/model.zip"), model, overwrite: true);
            await Until(async () => (await Classify(photo)).Generation == 2);
            await stop.CancelAsync();
            Assert.All(await load, seen => Assert.Subset(new HashSet<int> { 1, 2 }, seen));
            if (OperatingSystem.IsLinux())
                Assert.DoesNotContain("torch_cpu", await File.ReadAllTextAsync($"/proc/{process.Id}/maps"), StringComparison.Ordinal);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
        Assert.Contains("The model that was loaded before stays:", await said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Told_to_end_serve_finishes_what_is_under_way()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Sends SIGTERM.");
        string model = _folder.File("model.zip");
        var (photos, _, _) = new TrainedModels(_folder).Train("svm", model);
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "TransferKit.Toolkit.dll"), "serve", model, "--port", "0"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            string line = await process.StandardOutput.ReadLineAsync() ?? "";
            _client.BaseAddress = new Uri(line.Split(' ').Single(w => w.StartsWith("http", StringComparison.Ordinal)).TrimEnd(';'));
            byte[] photo = await File.ReadAllBytesAsync(photos.Images[0].ImagePath);
            await Classify(photo);

            Task<Answer>[] under = [.. Enumerable.Range(0, 40).Select(_ => Classify(photo))];
            await Task.WhenAny(under);
            using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]))
                await kill.WaitForExitAsync();
            foreach (var answer in await Task.WhenAll(under))
                Assert.NotEmpty(answer.Label);
            await process.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token);
            Assert.Equal(0, process.ExitCode);
            await Assert.ThrowsAsync<HttpRequestException>(() => Classify(photo));
        }
        finally
        {
            process.Kill();
        }
    }

    private sealed record Answer(string Label, int Generation);

    private async Task<Answer> Classify(byte[] photo)
    {
        using var response = await _client.PostAsync("/classify", new ByteArrayContent(photo) { Headers = { { "Content-Type", "image/jpeg" } } });
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<Answer>())!;
    }

    private async Task<Answer?> TryClassify(byte[] photo)
    {
        try
        {
            return await Classify(photo);
        }
        catch (HttpRequestException)
        {
            // It does not listen yet.
            return null;
        }
    }

    private static async Task Until(Func<Task<bool>> happened)
    {
        for (int i = 0; !await happened(); i++)
        {
            Assert.True(i < 600, "It did not happen within a minute.");
            await Task.Delay(100);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
