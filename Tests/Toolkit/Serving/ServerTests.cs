using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.ML;
using TransferKit.Images;
using TransferKit.Pipelines.Explaining;

namespace TransferKit.Tests.Toolkit.Serving;

public sealed class ServerTests(RunningServer server) : IClassFixture<RunningServer>, IDisposable
{
    private readonly HttpClient _client = new() { BaseAddress = server.Address };

    private string Photo => Path.Combine(server.Photos, "discs", "00.jpg");

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Classify_returns_scores_and_the_nearest_training_photos()
    {
        var classification = await Json(await Post("/classify", await File.ReadAllBytesAsync(Photo)));
        Assert.Equal(server.Labels[Photo], classification.GetProperty("label").GetString());
        Assert.Equal(1, classification.GetProperty("scores").EnumerateArray().Sum(s => s.GetProperty("score").GetDouble()), 4);
        var nearest = classification.GetProperty("nearest").EnumerateArray().First();
        Assert.Equal(("00.jpg", "discs"), (nearest.GetProperty("file").GetString(), nearest.GetProperty("label").GetString()));
        Assert.Equal(1, nearest.GetProperty("similarity").GetDouble(), 4);
        var thumbnail = await _client.GetAsync($"/images/{nearest.GetProperty("number")}");
        Assert.Equal("image/jpeg", thumbnail.Content.Headers.ContentType!.MediaType);
        Assert.Equal((160, 160), new ImageSource(await thumbnail.Content.ReadAsByteArrayAsync()).ReadSize());
        Assert.Equal(HttpStatusCode.NotFound, (await _client.GetAsync("/images/12")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _client.GetAsync("/images/-1")).StatusCode);
    }

    [Fact]
    public async Task Explain_returns_the_map_of_the_given_label_over_the_photo()
    {
        byte[] photo = await File.ReadAllBytesAsync(Photo);
        using var explainer = new ImageExplainer(new MLContext().Model.Load(server.Model, out _));
        foreach (string label in new[] { "bars", "discs" })
            Assert.Equal(Overlay(label), await (await Post($"/explain?label={label}", photo)).Content.ReadAsByteArrayAsync());
        Assert.Equal(Overlay(server.Labels[Photo]), await (await Post("/explain", photo)).Content.ReadAsByteArrayAsync());
        Assert.NotEqual(Overlay("bars"), Overlay("discs"));
        await AssertRefused(await Post("/explain?label=stars", photo), HttpStatusCode.BadRequest,
            "Unknown label 'stars'; the model knows bars, discs.");

        byte[] Overlay(string label)
        {
            var picture = new ImageSource(photo).Decode();
            return ImageEncoder.Jpeg(explainer.Explain(new ImageSource(picture), label).Map.Overlay(picture));
        }
    }

    [Fact]
    public async Task Health_metrics_and_the_OpenAPI_description_are_served()
    {
        await Post("/classify", await File.ReadAllBytesAsync(Photo));
        Assert.Equal("ready", (await Json(await _client.GetAsync("/health"))).GetProperty("status").GetString());
        string metrics = await _client.GetStringAsync("/metrics");
        Assert.Matches("\ntransferkit_classifier_batch_size_count [1-9]", metrics);
        Assert.DoesNotContain("transferkit_transferkit", metrics, StringComparison.Ordinal);
        Assert.Contains("\nmicrosoft_aspnetcore_hosting_http_server_request_duration_count{", metrics, StringComparison.Ordinal);
        // The training images, which the classifier has classified as well, are no requests.
        Assert.DoesNotContain("classifier_duration", metrics, StringComparison.Ordinal);
        var description = await Json(await _client.GetAsync("/openapi/v1.json"));
        Assert.Equal("TransferKit image classifier", description.GetProperty("info").GetProperty("title").GetString());
        Assert.Equal(["/classify", "/explain", "/images/{number}", "/health"],
            description.GetProperty("paths").EnumerateObject().Select(p => p.Name));
    }

    [Fact]
    public async Task The_page_refers_to_no_other_server_and_other_host_names_are_refused()
    {
        foreach (string path in new[] { "/", "/page.css", "/page.js" })
        {
            var page = await _client.GetAsync(path);
            string content = await page.Content.ReadAsStringAsync();
            string withoutComments = content.Replace("  // ", "", StringComparison.Ordinal).Replace("\n// ", "", StringComparison.Ordinal);
            Assert.DoesNotContain("//", withoutComments, StringComparison.Ordinal);
            Assert.StartsWith("default-src 'self';", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        }
        using var otherHost = new HttpRequestMessage(HttpMethod.Get, "/health") { Headers = { Host = "example.com" } };
        Assert.Equal(HttpStatusCode.BadRequest, (await _client.SendAsync(otherHost)).StatusCode);
    }

    [Fact]
    public async Task Bodies_that_are_no_images_are_refused_with_a_reason()
    {
        byte[] photo = await File.ReadAllBytesAsync(Photo);
        await AssertRefused(await Post("/classify", "GIF89a/*<script>*/=1;"u8.ToArray()), HttpStatusCode.UnprocessableEntity,
            "the image: not an image (JPEG, PNG, WebP, BMP or GIF is read).");
        await AssertRefused(await Post("/classify", photo[..500]), HttpStatusCode.UnprocessableEntity, "the image: the JPEG is truncated.");
        await AssertRefused(await Post("/classify", []), HttpStatusCode.UnprocessableEntity,
            "The body is empty: send the content of an image file (JPEG, PNG, WebP, BMP or GIF).");
        await AssertRefused(await Post("/classify", "{}"u8.ToArray(), "application/json"), HttpStatusCode.UnsupportedMediaType,
            "The content type 'application/json' is not supported: send the content of an image file");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await _client.GetAsync("/classify")).StatusCode);
    }

    [Fact]
    public async Task The_files_of_a_form_are_classified()
    {
        string other = Path.Combine(server.Photos, "bars", "01.jpg");
        var (photo, otherPhoto) = (await File.ReadAllBytesAsync(Photo), await File.ReadAllBytesAsync(other));
        var single = await Json(await PostForm("/classify", (photo, "../../etc/passwd")));
        Assert.Equal((await Json(await Post("/classify", photo))).ToString(), single.ToString());
        var several = await Json(await PostForm("/classify", (photo, "a.jpg"), (otherPhoto, "b.jpg")));
        Assert.Equal([server.Labels[Photo], server.Labels[other]],
            several.EnumerateArray().Select(c => c.GetProperty("label").GetString()));
        Assert.Equal("image/jpeg", (await PostForm("/explain", (photo, "a.jpg"))).Content.Headers.ContentType!.MediaType);

        await AssertRefused(await PostForm("/classify", (photo, "a.jpg"), ([1, 2, 3], "broken.jpg")), HttpStatusCode.UnprocessableEntity,
            "broken.jpg: the image: not an image");
        await AssertRefused(await PostForm("/explain", (photo, "a.jpg"), (photo, "b.jpg")), HttpStatusCode.BadRequest,
            "The form has 2 files: one image is explained at a time.");
        await AssertRefused(await PostForm("/classify", [.. Enumerable.Repeat((new byte[1], "a.jpg"), 65)]), HttpStatusCode.BadRequest,
            "The form has more than 64 files");
        await AssertRefused(await PostForm("/classify"), HttpStatusCode.BadRequest, "The form has no file");
        await AssertRefused(await Post("/classify", photo, "multipart/form-data; boundary=x"), HttpStatusCode.BadRequest,
            "The form cannot be read:");
        await AssertRefused(await Post("/classify", photo, "multipart/form-data"), HttpStatusCode.BadRequest,
            "The content type 'multipart/form-data' is invalid: its boundary must have 1 to 70 letters.");
    }

    [Fact]
    public void A_broken_model_and_invalid_options_give_a_message_of_one_line()
    {
        string file = Path.Combine(server.Photos, "broken.zip");
        File.WriteAllText(file, "no model");
        var (code, _, error) = CliTests.Run("serve", file);
        Assert.Equal(1, code);
        Assert.StartsWith($"'{file}' is not a model: it is not a zip file.", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
        File.Delete(file);
        Assert.Contains("--port 70000 is invalid: it must be from 0 to 65535.",
            CliTests.Run("serve", Photo, "--port", "70000").Error, StringComparison.Ordinal);
        Assert.Contains("--address here is invalid: it must be an IP address",
            CliTests.Run("serve", Photo, "--address", "here").Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_requests_at_once_are_answered()
    {
        byte[] photo = await File.ReadAllBytesAsync(Photo);
        var responses = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Post("/classify", photo)));
        Assert.All(responses, r => Assert.Equal(HttpStatusCode.OK, r.StatusCode));
    }

    private Task<HttpResponseMessage> PostForm(string path, params (byte[] Content, string Name)[] files)
    {
        var form = new MultipartFormDataContent { { new StringContent("ignored"), "comment" } };
        foreach (var (content, name) in files)
            form.Add(new ByteArrayContent(content), "file", name);
        return _client.PostAsync(path, form);
    }

    private Task<HttpResponseMessage> Post(string path, byte[] body, string type = "image/jpeg") =>
        _client.PostAsync(path, new ByteArrayContent(body) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } });

    private static async Task<JsonElement> Json(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
    }

    private static async Task AssertRefused(HttpResponseMessage response, HttpStatusCode status, string reason)
    {
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        Assert.StartsWith(reason, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }
}
