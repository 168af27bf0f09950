using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using TransferKit.Pipelines.Serving;

namespace TransferKit.Toolkit.Serving;

/// <summary>A trained model behind HTTP: a page to try it, endpoints for programs, and what those who run it look at.</summary>
internal static class Server
{
    /// <summary>Puts the server together; the caller starts it.</summary>
    /// <exception cref="InvalidDataException">The model cannot be served.</exception>
    public static WebApplication Create(ServerOptions options)
    {
        // Settings that lie in the folder it is started from are not meant for it.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning).AddFilter("TransferKit", LogLevel.Information)
            .AddSimpleConsole(o => o.SingleLine = true).Services.Configure<ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.WebHost.ConfigureKestrel(kestrel => Limit(kestrel, options));
        builder.Services.AddImageClassifier(options.Model, o => o.MaxPixels = options.MaxPixels);
        builder.Services.AddSingleton(options).AddSingleton<Uploads>().AddSingleton<Gallery>().AddSingleton<Maps>();
        builder.Services.AddProblemDetails(o => o.CustomizeProblemDetails = Problems.Explain).AddExceptionHandler<Problems>();
        builder.Services.AddOpenApi(o => o.AddDocumentTransformer((document, _, _) =>
        {
            (document.Info.Title, document.Info.Version) = ("TransferKit: a classifier of images", typeof(Server).Assembly.GetName().Version!.ToString(3));
            return Task.CompletedTask;
        }));
        builder.Services.ConfigureHttpJsonOptions(o => (o.SerializerOptions.PropertyNamingPolicy, o.SerializerOptions.NumberHandling) = (JsonNamingPolicy.SnakeCaseLower, JsonNumberHandling.Strict));
        // A page of another site whose name leads to this machine is not answered.
        if (IPAddress.IsLoopback(options.Address))
            builder.Services.AddHostFiltering(o => o.AllowedHosts = ["localhost", "127.0.0.1", "[::1]", $"{options.Address}"]);
        var app = builder.Build();
        // A broken model is found here; starting the host, it would be told at length.
        app.Services.GetRequiredService<ImageClassifier>();
        app.Use(Guarded);
        app.UseExceptionHandler().UseStatusCodePages();
        if (IPAddress.IsLoopback(options.Address))
            app.UseHostFiltering();
        Page.Map(app);
        Endpoints.Map(app);
        Measurements.Map(app);
        app.MapOpenApi();
        return app;
    }

    private static void Limit(KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.Listen(options.Address, options.Port);
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.MaxBytes;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 1024, gracePeriod: TimeSpan.FromSeconds(5));
        kestrel.Limits.MaxConcurrentConnections = 1000;
    }

    // What is shown comes from here alone, and is what it says it is.
    private static Task Guarded(HttpContext context, RequestDelegate next)
    {
        // Set at the last moment: what goes wrong on the way clears them.
        context.Response.OnStarting(() =>
        {
            context.Response.Headers.ContentSecurityPolicy = "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'";
            context.Response.Headers.XContentTypeOptions = "nosniff";
            return Task.CompletedTask;
        });
        return next(context);
    }
}
