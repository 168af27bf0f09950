using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using TransferKit.Images;

namespace TransferKit.Toolkit.Serving;

/// <summary>An uploaded image.</summary>
/// <param name="Name">The name of its file; null where the image is the whole body of a request.</param>
/// <param name="Image">The image.</param>
internal sealed record UploadedImage(string? Name, ImageSource Image);

/// <summary>Reads the files of a form (multipart/form-data, RFC 7578) from the body of a request, which is in memory already.</summary>
internal static class UploadForm
{
    /// <summary>The content type of a form.</summary>
    public const string ContentType = "multipart/form-data";

    private const int MaxFiles = 64;

    // RFC 2046.
    private const int MaxBoundary = 70;

    /// <summary>Returns whether the body of a request is a form.</summary>
    public static bool IsIn(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals(ContentType, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads the files of a form; other fields are ignored.</summary>
    /// <param name="contentType">The content type of the request, which gives the boundary between the fields.</param>
    /// <param name="body">The body of the request.</param>
    /// <exception cref="BadHttpRequestException">The form is malformed, or has no files or too many.</exception>
    public static async Task<IReadOnlyList<UploadedImage>> Read(string contentType, byte[] body)
    {
        var boundary = HeaderUtilities.RemoveQuotes(MediaTypeHeaderValue.Parse(contentType).Boundary);
        if (boundary.Length is 0 or > MaxBoundary)
            throw new BadHttpRequestException(
                $"The content type '{contentType}' is invalid: its boundary must have 1 to {MaxBoundary} letters.");
        var images = new List<UploadedImage>();
        var reader = new MultipartReader(boundary.ToString(), new MemoryStream(body));
        try
        {
            while (await reader.ReadNextSectionAsync().ConfigureAwait(false) is { } section)
            {
                if (section.AsFileSection() is not { } file)
                    continue;
                if (images.Count == MaxFiles)
                    throw new BadHttpRequestException($"The form has more than {MaxFiles} files, the most that are accepted at a time.");
                using var content = new MemoryStream();
                await section.Body.CopyToAsync(content).ConfigureAwait(false);
                images.Add(new(file.FileName, new ImageSource(content.ToArray())));
            }
        }
        catch (Exception e) when (e is InvalidDataException or (IOException and not BadHttpRequestException))
        {
            throw new BadHttpRequestException($"The form cannot be read: {e.Message}", e);
        }
        return images.Count > 0 ? images
            : throw new BadHttpRequestException("The form has no file: send one as `curl -F file=@image.jpg`.");
    }
}
