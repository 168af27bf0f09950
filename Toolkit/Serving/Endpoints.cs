using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using TransferKit.Images;
using TransferKit.Pipelines.Serving;

namespace TransferKit.Toolkit.Serving;

/// <summary>The response of <c>/classify</c>.</summary>
/// <param name="Label">The predicted label.</param>
/// <param name="Scores">All labels with their scores, highest first.</param>
/// <param name="Nearest">The nearest training images; empty where the server knows none.</param>
internal sealed record Classification(string Label, IReadOnlyList<LabelScore> Scores, IReadOnlyList<Neighbor> Nearest);

/// <summary>The response of <c>/health</c>.</summary>
/// <param name="Status">Always <c>ready</c>.</param>
/// <param name="Model">The name of the model file.</param>
/// <param name="Generation">How many times the model file was loaded.</param>
/// <param name="Labels">The labels of the model.</param>
internal sealed record Health(string Status, string Model, int Generation, IReadOnlyList<string> Labels);

/// <summary>The HTTP API. The body of a request is the content of an image file, or a form with image files.</summary>
internal static class Endpoints
{
    /// <summary>The accepted content types. The format of an image is detected from its bytes, whatever type is given.</summary>
    public static readonly string[] ContentTypes =
        ["image/jpeg", "image/png", "image/webp", "image/bmp", "image/gif", "application/octet-stream", UploadForm.ContentType];

    /// <summary>Adds the endpoints to an application.</summary>
    /// <param name="app">The application.</param>
    public static void Map(IEndpointRouteBuilder app)
    {
        AcceptImage(app.MapPost("/classify", Classify)).Produces<Classification>();
        AcceptImage(app.MapPost("/explain", Explain)).Produces<Stream>(200, "image/jpeg");
        app.MapGet("/images/{number:int}", TrainingImage).Produces<Stream>(200, "image/jpeg");
        app.MapGet("/health", State);
    }

    private static RouteHandlerBuilder AcceptImage(RouteHandlerBuilder endpoint)
    {
        foreach (int status in new[] { 400, 408, 413, 415, 422, 503 })
            endpoint.ProducesProblem(status);
        return endpoint.Accepts<Stream>(ContentTypes[0], ContentTypes[1..]);
    }

    [EndpointSummary("Classifies an image. Returns all labels, highest score first, and the nearest training images (serve --images). "
        + "Several files of a form give an array of these, in their order.")]
    private static Task<IResult> Classify(HttpRequest request, Uploads uploads, ImageClassifier classifier, Gallery gallery) =>
        uploads.Process<IResult>(request, async images =>
        {
            if (images is [var single])
                return TypedResults.Ok(await Classify(single.Image).ConfigureAwait(false));
            return TypedResults.Ok(await Task.WhenAll(images.Select(ClassifyNamed)).ConfigureAwait(false));

            async Task<Classification> Classify(ImageSource image)
            {
                var result = await classifier.ClassifyAsync(image, request.HttpContext.RequestAborted).ConfigureAwait(false);
                return new(result.Label, result.Scores, gallery.Nearest(result));
            }

            async Task<Classification> ClassifyNamed(UploadedImage image)
            {
                try
                {
                    return await Classify(image.Image).ConfigureAwait(false);
                }
                catch (ImageFormatException e)
                {
                    throw new ImageFormatException($"{image.Name}: {e.Message}", e);
                }
            }
        });

    [EndpointSummary("Draws the class activation map of a label over an image. Returns a JPEG.")]
    private static Task<FileContentHttpResult> Explain(HttpRequest request, Uploads uploads, MapRenderer renderer,
        [Description("The label to explain. Default: the predicted label.")] string? label = null) =>
        uploads.Process(request, async images =>
        {
            if (images is not [{ Image: var image }])
                throw new BadHttpRequestException($"The form has {images.Count} files: one image is explained at a time.");
            byte[] jpeg = await renderer.Draw(image, label, request.HttpContext.RequestAborted).ConfigureAwait(false);
            return TypedResults.Bytes(jpeg, "image/jpeg");
        });

    [EndpointSummary("Returns a training image by its number in the list of nearest images, as a small JPEG.")]
    private static Results<FileContentHttpResult, NotFound> TrainingImage(int number, Gallery gallery) =>
        gallery.Thumbnail(number) is { } jpeg ? TypedResults.Bytes(jpeg, "image/jpeg") : TypedResults.NotFound();

    [EndpointSummary("Returns the state of the server and its model.")]
    private static Health State(ImageClassifier classifier) =>
        new("ready", Path.GetFileName(classifier.ModelPath), classifier.Generation, classifier.Labels);
}
