namespace TransferKit.Tests.Toolkit.Serving;

/// <summary>The responses to malicious uploads.</summary>
public sealed class MaliciousUploadTests(RunningServer server) : IClassFixture<RunningServer>
{
    public static TheoryData<string, string> Cases => new()
    {
        { "a gigabyte", "413" },
        { "an endless body", "413" },
        { "more pixels than memory", "422" },
        { "more pixels than the limit", "422" },
        { "an image of width 0", "422" },
        { "a slow sender", "408" },
        { "half a body", "408" },
        { "too many headers", "431" },
        { "no HTTP", "400" },
    };

    [Fact]
    public async Task Too_many_pixels_are_not_decoded()
    {
        string response = await MaliciousUploads.All["more pixels than the limit"](server);
        Assert.Contains("10000 x 10000 pixels are more than the 50000000 that are accepted.", response, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Cases))]
    public async Task A_malicious_upload_is_refused_with_a_status(string upload, string status) =>
        Assert.StartsWith($"HTTP/1.1 {status} ", await MaliciousUploads.All[upload](server), StringComparison.Ordinal);

    /// <summary>A file that is a photo and a web page at once is treated as a photo: nothing of an upload is kept or sent back.</summary>
    [Fact]
    public async Task A_polyglot_file_is_classified_by_its_pixels_only()
    {
        string photo = Path.Combine(server.Photos, "bars", "00.jpg");
        byte[] polyglot = [.. await File.ReadAllBytesAsync(photo), .. "<script>alert(1)</script>PK\u0003\u0004"u8];
        string response = await MaliciousUploads.Body(server, polyglot);
        Assert.StartsWith("HTTP/1.1 200 ", response, StringComparison.Ordinal);
        Assert.Contains($"\"label\":\"{server.Labels[photo]}\"", response, StringComparison.Ordinal);
        Assert.DoesNotContain("script", response, StringComparison.Ordinal);
    }
}
