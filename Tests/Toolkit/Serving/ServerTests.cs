using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace TransferKit.Tests.Toolkit.Serving;

public sealed class ServerTests(RunningServer server) : IClassFixture<RunningServer>, IDisposable
{
    private readonly HttpClient _client = new() { BaseAddress = server.Address };

    private string Photo => Path.Combine(server.Photos, "discs", "00.jpg");

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task A_photo_is_classified_and_its_nearest_training_photos_shown()
    {
        var answer = await Json(await Post("/classify", await File.ReadAllBytesAsync(Photo)));
        Assert.Equal(server.Labels[Photo], answer.GetProperty("label").GetString());
        Assert.Equal(1, answer.GetProperty("scores").EnumerateArray().Sum(s => s.GetProperty("score").GetDouble()), 4);
        var nearest = answer.GetProperty("nearest").EnumerateArray().First();
        Assert.Equal(("00.jpg", "discs"), (nearest.GetProperty("file").GetString(), nearest.GetProperty("label").GetString()));
        Assert.Equal(1, nearest.GetProperty("similarity").GetDouble(), 4);
        var picture = await _client.GetAsync($"/photos/{nearest.GetProperty("number")}");
        Assert.Equal(("image/jpeg", 160), (picture.Content.Headers.ContentType!.MediaType, new TransferKit.Images.ImageSource(await picture.Content.ReadAsByteArrayAsync()).ReadSize().Width));
        Assert.Equal(HttpStatusCode.NotFound, (await _client.GetAsync("/photos/12")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _client.GetAsync("/photos/-1")).StatusCode);
    }

    [Fact]
    public async Task A_map_is_drawn_over_the_photo()
    {
        byte[] photo = await File.ReadAllBytesAsync(Photo);
        var drawn = new TransferKit.Images.ImageSource(await (await Post("/explain?label=bars", photo)).Content.ReadAsByteArrayAsync()).Decode();
        var (width, height) = new TransferKit.Images.ImageSource(photo).ReadSize();
        Assert.Equal((width, height), (drawn.Width, drawn.Height));
        Assert.NotEqual(new TransferKit.Images.ImageSource(photo).Decode().Pixels.ToArray(), drawn.Pixels.ToArray());
        await Refused(await Post("/explain?label=stars", photo), HttpStatusCode.BadRequest, "Unknown label 'stars'; the model knows bars, discs.");
    }

    [Fact]
    public async Task Its_state_its_measurements_and_its_description_can_be_read()
    {
        await Post("/classify", await File.ReadAllBytesAsync(Photo));
        Assert.Equal("ready", (await Json(await _client.GetAsync("/health"))).GetProperty("status").GetString());
        Assert.Matches("classifier_duration_count\\{outcome=\"done\"\\} [1-9]", await _client.GetStringAsync("/metrics"));
        var description = await Json(await _client.GetAsync("/openapi/v1.json"));
        Assert.Equal("TransferKit: a classifier of images", description.GetProperty("info").GetProperty("title").GetString());
        Assert.Equal(["/classify", "/explain", "/photos/{number}", "/health"], description.GetProperty("paths").EnumerateObject().Select(p => p.Name));
    }

    [Fact]
    public async Task The_page_asks_nobody_else()
    {
        foreach (string path in new[] { "/", "/page.css", "/page.js" })
        {
            var page = await _client.GetAsync(path);
            Assert.DoesNotContain("//", (await page.Content.ReadAsStringAsync()).Replace("  // ", "", StringComparison.Ordinal).Replace("\n// ", "", StringComparison.Ordinal), StringComparison.Ordinal);
            Assert.StartsWith("default-src 'self';", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        }
        using var strange = new HttpRequestMessage(HttpMethod.Get, "/health") { Headers = { Host = "example.com" } };
        Assert.Equal(HttpStatusCode.BadRequest, (await _client.SendAsync(strange)).StatusCode);
    }

    [Fact]
    public async Task What_is_no_photo_gets_a_reason()
    {
        await Refused(await Post("/classify", "GIF89a/*<script>*/=1;"u8.ToArray()), HttpStatusCode.UnprocessableEntity, "the image: not an image (JPEG, PNG, WebP, BMP or GIF is read).");
        await Refused(await Post("/classify", (await File.ReadAllBytesAsync(Photo))[..500]), HttpStatusCode.UnprocessableEntity, "the image: the JPEG is truncated.");
        await Refused(await Post("/classify", []), HttpStatusCode.UnprocessableEntity, "The body is empty; the content of an image file is needed (JPEG, PNG, WebP, BMP or GIF).");
        await Refused(await Post("/classify", "{}"u8.ToArray(), "application/json"), HttpStatusCode.UnsupportedMediaType, "'application/json' is not read; the body must be an image file's content");
        using var form = new MultipartFormDataContent { { new ByteArrayContent(await File.ReadAllBytesAsync(Photo)), "file", "../../etc/passwd" } };
        await Refused(await _client.PostAsync("/classify", form), HttpStatusCode.UnsupportedMediaType, "'multipart/form-data;");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await _client.GetAsync("/classify")).StatusCode);
    }

    [Fact]
    public void A_broken_model_and_impossible_options_are_told_in_a_line()
    {
        string file = Path.Combine(server.Photos, "broken.zip");
        File.WriteAllText(file, "no model");
        var (code, _, error) = CliTests.Run("serve", file);
        Assert.Equal(1, code);
        Assert.StartsWith($"'{file}' is not an image classifier that can be served:", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
        File.Delete(file);
        Assert.Contains("--port 70000 is impossible: 0 to 65535.", CliTests.Run("serve", Photo, "--port", "70000").Error, StringComparison.Ordinal);
        Assert.Contains("--address here is no IP address;", CliTests.Run("serve", Photo, "--address", "here").Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_at_once_are_answered()
    {
        byte[] photo = await File.ReadAllBytesAsync(Photo);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Post("/classify", photo)));
        Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a.StatusCode));
    }

    private Task<HttpResponseMessage> Post(string path, byte[] body, string type = "image/jpeg") =>
        _client.PostAsync(path, new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(type) } });

    private static async Task<JsonElement> Json(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
    }

    private static async Task Refused(HttpResponseMessage response, HttpStatusCode status, string reason)
    {
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith(reason, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }
}
