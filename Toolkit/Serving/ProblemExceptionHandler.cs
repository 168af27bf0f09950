using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using TransferKit.Images;
using TransferKit.Pipelines.Serving;

namespace TransferKit.Toolkit.Serving;

/// <summary>Turns exceptions into responses with a status and a problem description (RFC 9457).</summary>
/// <remarks>Exceptions that a client did not cause stay a status 500 without details.</remarks>
/// <param name="problems">Writes problem descriptions.</param>
internal sealed class ProblemExceptionHandler(IProblemDetailsService problems) : IExceptionHandler
{
    /// <summary>Adds a reason to the responses that ASP.NET Core itself creates for unsupported content types.</summary>
    /// <param name="context">The response.</param>
    public static void AddDetail(ProblemDetailsContext context)
    {
        if (context.ProblemDetails.Status == StatusCodes.Status415UnsupportedMediaType)
            context.ProblemDetails.Detail ??= $"The content type '{context.HttpContext.Request.ContentType}' is not supported: "
                + $"send the content of an image file with the header Content-Type: {string.Join(", ", Endpoints.ContentTypes)}.";
    }

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (Status(exception) is not { } status)
            return false;
        httpContext.Response.StatusCode = status;
        if (exception is ClassifierBusyException)
            httpContext.Response.Headers.RetryAfter = "1";
        var problem = new ProblemDetailsContext
        {
            HttpContext = httpContext,
            ProblemDetails = { Status = status, Detail = exception.Message },
        };
        // The service writes nothing where the client accepts images only; such a client gets the reason as well.
        if (!await problems.TryWriteAsync(problem).ConfigureAwait(false))
            await httpContext.Response.WriteAsJsonAsync(
                problem.ProblemDetails, options: null, "application/problem+json", cancellationToken).ConfigureAwait(false);
        return true;
    }

    private static int? Status(Exception exception) => exception switch
    {
        ImageFormatException => StatusCodes.Status422UnprocessableEntity,
        BadHttpRequestException badRequest => badRequest.StatusCode,
        ClassifierBusyException => StatusCodes.Status503ServiceUnavailable,
        TimeoutException => StatusCodes.Status408RequestTimeout,
        _ => null,
    };
}
