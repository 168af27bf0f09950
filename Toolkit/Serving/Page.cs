using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace TransferKit.Toolkit.Serving;

/// <summary>The page to try a model on; it comes with the assembly and asks nobody else for anything.</summary>
internal static class Page
{
    public static void Map(IEndpointRouteBuilder app)
    {
        foreach (var (path, file, type) in new[] { ("/", "page.html", "text/html"), ("/page.css", "page.css", "text/css"), ("/page.js", "page.js", "text/javascript") })
            app.MapGet(path, () => TypedResults.Stream(typeof(Page).Assembly.GetManifestResourceStream(file)!, $"{type}; charset=utf-8")).ExcludeFromDescription();
    }
}
