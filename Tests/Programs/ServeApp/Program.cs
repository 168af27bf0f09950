using TransferKit.Images;
using TransferKit.Pipelines.Serving;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddImageClassifier(builder.Configuration["model"]!, o => o.ReloadInterval = TimeSpan.FromMilliseconds(200));
var app = builder.Build();
app.MapPost("/classify", async (HttpRequest request, ImageClassifier classifier, CancellationToken cancellationToken) =>
{
    using var body = new MemoryStream();
    await request.Body.CopyToAsync(body, cancellationToken);
    var classification = await classifier.ClassifyAsync(new ImageSource(body.ToArray()), cancellationToken);
    return new { classification.Label, classification.Scores, classification.Generation };
});
app.Run();
