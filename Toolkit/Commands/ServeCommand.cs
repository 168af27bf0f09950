using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TransferKit.Pipelines.Serving;
using TransferKit.Toolkit.Serving;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit serve MODEL</c>: serves a saved model over HTTP, with a web page and an API.</summary>
internal static class ServeCommand
{
    public static Command Create(TextWriter output)
    {
        var model = new Argument<FileInfo>("MODEL")
        {
            Description = "Model file written by `train` or `finetune`; it is reloaded when it changes.",
        }.AcceptExistingOnly();
        var address = new Option<IPAddress>("--address")
        {
            Description = "IP address to listen on; 0.0.0.0 makes the server reachable from other machines.",
            DefaultValueFactory = _ => IPAddress.Loopback,
            CustomParser = ParseAddress,
        };
        var images = new Option<DirectoryInfo>("--images")
        {
            Description = "Folder of the training images; the page then shows those nearest to an uploaded image.",
        }.AcceptExistingOnly();
        var port = NumberOption.Create("--port", "Port to listen on; 0 picks a free one.", 5080,
            value => value is >= 0 and <= 65535, "from 0 to 65535");
        var bytes = NumberOption.Create("--max-bytes", "Largest upload, in bytes.", 20_000_000,
            value => value >= 1, "at least 1 (20000000 is the default)");
        var pixels = NumberOption.Create("--max-pixels", "Largest accepted image, in pixels (width x height).", 50_000_000L,
            value => value >= 1, "at least 1 (50000000 is the default)");
        var command = new Command("serve", "Serve a saved model over HTTP: a web page to try it, and an API for programs.")
        {
            model, port, address, images, bytes, pixels,
        };
        command.SetAction(parsed =>
        {
            var file = parsed.GetValue(model)!;
            var options = new ServerOptions
            {
                Model = file.FullName,
                Address = parsed.GetValue(address)!,
                Port = parsed.GetValue(port),
                Images = parsed.GetValue(images)?.FullName,
                MaxBytes = parsed.GetValue(bytes),
                MaxPixels = parsed.GetValue(pixels),
            };
            using var app = ModelFile.LoadClassifier(options.Model, () => Server.Create(options));
            app.Start();
            _ = app.Services.GetRequiredService<Gallery>().Prepare(app.Services.GetRequiredService<ImageClassifier>().Generation);
            string url = Url(app);
            output.WriteLine($"Serving {file} at {url}. Press Ctrl+C to stop.");
            output.WriteLine($"API: curl -F file=@image.jpg {url}/classify");
            output.WriteLine($"OpenAPI description: {url}/openapi/v1.json");
            app.WaitForShutdown();
            return Cli.Done;
        });
        return command;
    }

    private static string Url(WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    private static IPAddress? ParseAddress(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (IPAddress.TryParse(text, out var address))
            return address;
        result.AddError($"--address {text} is invalid: it must be an IP address such as 127.0.0.1 or 0.0.0.0.");
        return null;
    }
}
