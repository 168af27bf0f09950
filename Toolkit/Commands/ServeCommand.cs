using System.CommandLine;
using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TransferKit.Pipelines.Serving;
using TransferKit.Toolkit.Serving;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit serve MODEL</c>: a page to try a model on, and endpoints for programs.</summary>
internal static class ServeCommand
{
    public static Command Create(TextWriter output)
    {
        var model = new Argument<FileInfo>("MODEL") { Description = "A model that `train` or `finetune` wrote; it is loaded again when it changes." }.AcceptExistingOnly();
        var port = new Option<int>("--port") { Description = "The port; 0 for any that is free.", DefaultValueFactory = _ => 5080 };
        var address = new Option<IPAddress>("--address") { Description = "The address to listen on, 0.0.0.0 for all; others reach it then.", DefaultValueFactory = _ => IPAddress.Loopback, CustomParser = Address };
        var photos = new Option<DirectoryInfo>("--photos") { Description = "The folder of training photos, to show the nearest to a photo." }.AcceptExistingOnly();
        var bytes = new Option<int>("--max-bytes") { Description = "The largest upload.", DefaultValueFactory = _ => 20_000_000 };
        var pixels = new Option<long>("--max-pixels") { Description = "The most pixels of a photo.", DefaultValueFactory = _ => 50_000_000 };
        var command = new Command("serve", "Serve a saved model: a page to try it on, and endpoints for programs.") { model, port, address, photos, bytes, pixels };
        foreach (var (option, least, most) in new (Option, long, long)[] { (port, 0, 65535), (bytes, 1, int.MaxValue), (pixels, 1, long.MaxValue) })
            option.Validators.Add(result =>
            {
                if (result.Tokens is [{ Value: var value }] && long.TryParse(value, out long number) && (number < least || number > most))
                    result.AddError($"{option.Name} {number} is impossible: {least} to {most}.");
            });
        command.SetAction(parsed =>
        {
            using var app = Server.Create(new ServerOptions
            {
                Model = parsed.GetValue(model)!.FullName,
                Address = parsed.GetValue(address)!,
                Port = parsed.GetValue(port),
                Photos = parsed.GetValue(photos)?.FullName,
                MaxBytes = parsed.GetValue(bytes),
                MaxPixels = parsed.GetValue(pixels),
            });
            app.Start();
            _ = app.Services.GetRequiredService<Gallery>().Prepare(app.Services.GetRequiredService<ImageClassifier>().Generation);
            string url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
            output.WriteLine($"Serving {parsed.GetValue(model)} at {url}; Ctrl-C ends it.");
            output.WriteLine($"For programs: curl --data-binary @photo.jpg -H 'Content-Type: image/jpeg' {url}/classify; described in {url}/openapi/v1.json.");
            app.WaitForShutdown();
            return Cli.Done;
        });
        return command;
    }

    private static IPAddress? Address(System.CommandLine.Parsing.ArgumentResult result)
    {
        if (IPAddress.TryParse(result.Tokens[0].Value, out var address))
            return address;
        result.AddError($"--address {result.Tokens[0].Value} is no IP address; 127.0.0.1 and 0.0.0.0 are.");
        return null;
    }
}
