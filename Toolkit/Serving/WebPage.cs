using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace TransferKit.Toolkit.Serving;

/// <summary>The web page to try a model, from files embedded in the assembly. It loads nothing from other servers.</summary>
internal static class WebPage
{
    private static readonly (string Path, string File, string ContentType)[] Files =
    [
        ("/", "page.html", "text/html"),
        ("/page.css", "page.css", "text/css"),
        ("/page.js", "page.js", "text/javascript"),
    ];

    /// <summary>Adds the page to an application.</summary>
    /// <param name="app">The application.</param>
    public static void Map(IEndpointRouteBuilder app)
    {
        foreach (var (path, file, contentType) in Files)
            app.MapGet(path, () => TypedResults.Stream(Open(file), $"{contentType}; charset=utf-8")).ExcludeFromDescription();
    }

    private static Stream Open(string file) => typeof(WebPage).Assembly.GetManifestResourceStream(file)!;
}
