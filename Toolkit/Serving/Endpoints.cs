using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using TransferKit.Pipelines.Serving;

namespace TransferKit.Toolkit.Serving;

/// <summary>What a photo was classified as.</summary>
internal sealed record Answer(string Label, IReadOnlyList<LabelScore> Scores, IReadOnlyList<Neighbor> Nearest);

/// <summary>The state of the server.</summary>
internal sealed record Health(string Status, string Model, int Generation, IReadOnlyList<string> Labels);

/// <summary>The endpoints for programs. An image is the whole body of a request: there are no forms, and no file names.</summary>
internal static class Endpoints
{
    /// <summary>What a body may be called; what it is, is seen when it is read.</summary>
    public static readonly string[] Types = ["image/jpeg", "image/png", "image/webp", "image/bmp", "image/gif", "application/octet-stream"];

    public static void Map(IEndpointRouteBuilder app)
    {
        TakesImage(app.MapPost("/classify", Classify));
        TakesImage(app.MapPost("/explain", Explain)).Produces<Stream>(200, "image/jpeg");
        app.MapGet("/photos/{number:int}", Photo).Produces<Stream>(200, "image/jpeg");
        app.MapGet("/health", State);
    }

    private static RouteHandlerBuilder TakesImage(RouteHandlerBuilder endpoint)
    {
        foreach (int status in new[] { 400, 408, 413, 415, 422, 503 })
            endpoint.ProducesProblem(status);
        return endpoint.Accepts<Stream>(Types[0], Types[1..]);
    }

    [EndpointSummary("The labels of an image, the best first, and the nearest training photos where the server knows some.")]
    private static Task<Answer> Classify(HttpRequest request, Uploads uploads, ImageClassifier classifier, Gallery gallery) => uploads.With(request, async image =>
    {
        var found = await classifier.ClassifyAsync(image, request.HttpContext.RequestAborted).ConfigureAwait(false);
        return new Answer(found.Label, found.Scores, gallery.Nearest(found));
    });

    [EndpointSummary("A picture of where in an image a label is seen.")]
    private static Task<FileContentHttpResult> Explain(HttpRequest request, Uploads uploads, Maps maps, [Description("The label; the predicted one unless given.")] string? label = null) =>
        uploads.With(request, async image => TypedResults.Bytes(await maps.Draw(image, label, request.HttpContext.RequestAborted).ConfigureAwait(false), "image/jpeg"));

    [EndpointSummary("A training photo, by its number among the nearest.")]
    private static Results<FileContentHttpResult, NotFound> Photo(int number, Gallery gallery) =>
        gallery.Thumbnail(number) is { } jpeg ? TypedResults.Bytes(jpeg, "image/jpeg") : TypedResults.NotFound();

    [EndpointSummary("That the server is ready, and with which model.")]
    private static Health State(ImageClassifier classifier) =>
        new("ready", Path.GetFileName(classifier.ModelPath), classifier.Generation, classifier.Labels);
}
