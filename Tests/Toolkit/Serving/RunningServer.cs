using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using TransferKit.Pipelines.Serving;
using TransferKit.Toolkit.Serving;

namespace TransferKit.Tests.Toolkit.Serving;

/// <summary>A server of a small model on a free port of this machine.</summary>
public sealed class RunningServer : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private WebApplication? _app;

    public Uri Address { get; private set; } = null!;

    /// <summary>The path of the model file.</summary>
    public string Model => _folder.File("model.zip");

    /// <summary>The folder of the photos that the model was trained on.</summary>
    public string Photos => _folder.File("photos");

    /// <summary>The labels that the model predicts for its training photos, by their paths.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; private set; } = null!;

    internal ServerOptions Options => new()
    {
        Model = Model,
        Port = 0,
        Images = Photos,
        UploadTimeout = TimeSpan.FromSeconds(2),
        MaxUploads = 24,
    };

    internal ImageClassifier Classifier => _app!.Services.GetRequiredService<ImageClassifier>();

    public async ValueTask InitializeAsync()
    {
        var (photos, _, labels) = new TrainedModels(_folder).Train("logistic", Model);
        Labels = photos.Images.Zip(labels).ToDictionary(p => p.First.ImagePath, p => p.Second);
        (_app, Address) = await Start(Options);
        await _app.Services.GetRequiredService<Gallery>().Prepare(1);
    }

    internal static async Task<(WebApplication App, Uri Address)> Start(ServerOptions options)
    {
        var app = Server.Create(options);
        await app.StartAsync();
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return (app, new Uri(address));
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }
        _folder.Dispose();
    }
}
