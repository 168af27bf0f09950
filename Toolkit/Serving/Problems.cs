using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using TransferKit.Images;
using TransferKit.Pipelines.Serving;

namespace TransferKit.Toolkit.Serving;

/// <summary>What went wrong as a status and a reason (RFC 9457); a defect of ours stays a 500 without details.</summary>
internal sealed class Problems(IProblemDetailsService details) : IExceptionHandler
{
    /// <summary>Gives the server's own refusals a reason as well.</summary>
    public static void Explain(ProblemDetailsContext context)
    {
        if (context.ProblemDetails.Status == StatusCodes.Status415UnsupportedMediaType)
            context.ProblemDetails.Detail ??= $"'{context.HttpContext.Request.ContentType}' is not read; the body must be an image file's content, with the header Content-Type: {string.Join(", ", Endpoints.Types)}.";
    }

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        int? status = exception switch
        {
            ImageFormatException => StatusCodes.Status422UnprocessableEntity,
            BadHttpRequestException bad => bad.StatusCode,
            ClassifierBusyException => StatusCodes.Status503ServiceUnavailable,
            TimeoutException => StatusCodes.Status408RequestTimeout,
            _ => null,
        };
        if (status is null)
            return false;
        httpContext.Response.StatusCode = status.Value;
        if (exception is ClassifierBusyException)
            httpContext.Response.Headers.RetryAfter = "1";
        var problem = new ProblemDetailsContext { HttpContext = httpContext, ProblemDetails = { Status = status, Detail = exception.Message } };
        // Who asked for a picture is told the reason all the same.
        if (!await details.TryWriteAsync(problem).ConfigureAwait(false))
            await httpContext.Response.WriteAsJsonAsync(problem.ProblemDetails, options: null, "application/problem+json", cancellationToken).ConfigureAwait(false);
        return true;
    }
}
