using System.Diagnostics;

namespace TransferKit.Tests.Pipelines.Serving;

/// <summary>Servers in processes: Tests/Programs/ServeApp, which only references TransferKit.Pipelines, and the command.</summary>
public sealed class ServeAppTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_app_serves_models_without_libtorch_and_reloads_them_while_requests_continue()
    {
        string photos = Drawings.Folder(_folder, each: 6), model = _folder.File("model.zip"), run = _folder.File("run");
        string[] small = ["--backbone", "resnet18", "--weights", "none", "--crop", "64", "--resize", "64"];
        Assert.Equal(0, Toolkit.CliTests.Run(["train", photos, "--out", model, .. small]).Code);
        Assert.Equal(0, Toolkit.CliTests.Run(["finetune", photos, "--out", run, "--epochs", "1", .. small]).Code);
        string program = Programs.Path("ServeApp");
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(program)!, "*torch_cpu*", SearchOption.AllDirectories));
        byte[] photo = await File.ReadAllBytesAsync(Path.Combine(photos, "bars", "00.jpg"));

        using var server = await ServerProcess.Start(program, "--urls=http://127.0.0.1:0", $"--model={model}");
        Assert.Equal(1, (await server.Classify(photo)).Generation);
        using var stop = new CancellationTokenSource();
        var load = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var generations = new HashSet<int>();
            while (!stop.IsCancellationRequested)
                generations.Add((await server.Classify(photo)).Generation);
            return generations;
        })));

        // Files are renamed because that is atomic: the server never sees part of one.
        await File.WriteAllTextAsync(_folder.File("broken.zip"), "no model");
        File.Move(_folder.File("broken.zip"), model, overwrite: true);
        await server.Line("The previous model stays in use");
        Assert.Equal(1, (await server.Classify(photo)).Generation);
        File.Move(Path.Combine(run, "model.zip"), model, overwrite: true);
        await server.Line("Loaded the new model");
        Assert.Equal(2, (await server.Classify(photo)).Generation);

        await stop.CancelAsync();
        Assert.All(await load, generations => Assert.Subset(new HashSet<int> { 1, 2 }, generations));
        if (OperatingSystem.IsLinux())
        {
            string libraries = await File.ReadAllTextAsync($"/proc/{server.Process.Id}/maps");
            Assert.DoesNotContain("torch_cpu", libraries, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task On_SIGTERM_the_serve_command_finishes_running_requests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Sends SIGTERM.");
        string model = _folder.File("model.zip");
        var (photos, _, _) = new TrainedModels(_folder).Train("svm", model);
        byte[] photo = await File.ReadAllBytesAsync(photos.Images[0].ImagePath);
        string toolkit = Path.Combine(AppContext.BaseDirectory, "TransferKit.Toolkit.dll");
        using var server = await ServerProcess.Start(toolkit, "serve", model, "--port", "0");
        await server.Classify(photo);

        Task<ServerProcess.Answer>[] running = [.. Enumerable.Range(0, 40).Select(_ => server.Classify(photo))];
        await Task.WhenAny(running);
        using (var kill = Process.Start("kill", ["-TERM", $"{server.Process.Id}"]))
            await kill.WaitForExitAsync();
        foreach (var answer in await Task.WhenAll(running))
            Assert.NotEmpty(answer.Label);
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await server.Process.WaitForExitAsync(timeout.Token);
        Assert.Equal(0, server.Process.ExitCode);
        await Assert.ThrowsAsync<HttpRequestException>(() => server.Classify(photo));
    }
}
