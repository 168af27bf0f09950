using System.Net;
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

/// <summary>Serves a classifier over HTTP: a web page, an API, health and metrics.</summary>
internal static class Server
{
    /// <summary>Creates the application without starting it.</summary>
    /// <param name="options">The model, the address and the limits.</param>
    /// <exception cref="InvalidDataException">The model file cannot be served.</exception>
    public static WebApplication Create(ServerOptions options)
    {
        // Settings files in the current folder belong to other programs.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        ConfigureLogging(builder.Logging);
        builder.WebHost.ConfigureKestrel(kestrel => SetLimits(kestrel, options));
        ConfigureServices(builder.Services, options);
        var app = builder.Build();
        // Loads the model now: a broken one would otherwise end the host with a long stack trace.
        app.Services.GetRequiredService<ImageClassifier>();
        app.Use(AddSecurityHeaders);
        app.UseExceptionHandler().UseStatusCodePages();
        if (IPAddress.IsLoopback(options.Address))
            app.UseHostFiltering();
        WebPage.Map(app);
        Endpoints.Map(app);
        MetricsEndpoint.Map(app);
        app.MapOpenApi();
        return app;
    }

    // All log messages go to standard error, and only warnings of ASP.NET Core.
    private static void ConfigureLogging(ILoggingBuilder logging) => logging
        .ClearProviders()
        .SetMinimumLevel(LogLevel.Warning)
        .AddFilter("TransferKit", LogLevel.Information)
        .AddConsoleFormatter<LogLine, ConsoleFormatterOptions>()
        .AddConsole(o => (o.FormatterName, o.LogToStandardErrorThreshold) = (nameof(LogLine), LogLevel.Trace));

    private static void ConfigureServices(IServiceCollection services, ServerOptions options)
    {
        services.AddImageClassifier(options.Model, o => o.MaxPixels = options.MaxPixels);
        services.AddSingleton(options).AddSingleton<Uploads>().AddSingleton<Gallery>().AddSingleton<MapRenderer>();
        services.AddProblemDetails(o => o.CustomizeProblemDetails = ProblemExceptionHandler.AddDetail)
            .AddExceptionHandler<ProblemExceptionHandler>();
        services.AddOpenApi(o => o.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "TransferKit image classifier";
            document.Info.Version = typeof(Server).Assembly.GetName().Version!.ToString(3);
            return Task.CompletedTask;
        }));
        services.ConfigureHttpJsonOptions(o =>
        {
            o.SerializerOptions.PropertyNamingPolicy = JsonFormat.Naming;
            o.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        // Refuses requests of web pages whose host name was made to point to this machine (DNS rebinding).
        if (IPAddress.IsLoopback(options.Address))
            services.AddHostFiltering(o => o.AllowedHosts = ["localhost", "127.0.0.1", "[::1]", $"{options.Address}"]);
    }

    private static void SetLimits(KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.Listen(options.Address, options.Port);
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.MaxBytes;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 1024, gracePeriod: TimeSpan.FromSeconds(5));
        kestrel.Limits.MaxConcurrentConnections = 1000;
    }

    // A page loads nothing from other servers, is shown in no frame, and browsers trust the content types.
    private static Task AddSecurityHeaders(HttpContext context, RequestDelegate next)
    {
        // Set just before the response starts, because error handling clears the headers.
        context.Response.OnStarting(() =>
        {
            context.Response.Headers.ContentSecurityPolicy = "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'";
            context.Response.Headers.XContentTypeOptions = "nosniff";
            return Task.CompletedTask;
        });
        return next(context);
    }
}
