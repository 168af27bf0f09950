using System.Globalization;
using System.Text.Json;

namespace TransferKit.Tests.Toolkit.Commands;

public sealed class PredictTests : IDisposable
{
    private static readonly string Models = Path.Combine(AppContext.BaseDirectory, "Reference", "models");
    private static readonly JsonElement Expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(Models, "expected.json"))).RootElement;

    private readonly TemporaryFolder _folder = new();

    // A folder of images with a stray file.
    private string Images => _folder.File("images");

    public PredictTests()
    {
        Directory.CreateDirectory(Path.Combine(Images, "deeper"));
        File.Copy(Path.Combine(Models, "disc.png"), Path.Combine(Images, "deeper", "disc.png"));
        File.Copy(Path.Combine(Models, "square.png"), Path.Combine(Images, "square.png"));
        File.WriteAllText(Path.Combine(Images, "Thumbs.db"), "no image");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_is_predicted_into_a_csv_file_without_strays()
    {
        string csv = _folder.File("predictions.csv");
        var (code, output, error) = CliTests.Run("predict", Path.Combine(Models, "finetuned.zip"), Images, "--out", csv);
        Assert.True(code == 0, error);
        Assert.Contains($"Skipped: {Path.Combine(Images, "Thumbs.db")}: not an image", error, StringComparison.Ordinal);
        Assert.Equal($"Wrote 2 predictions to {csv}.", output.Trim());
        string[] lines = File.ReadAllLines(csv);
        Assert.Equal("file,label,probability,label_2,probability_2", lines[0]);
        string[] names = ["deeper/disc.png", "square.png"];
        foreach (var (name, line) in names.Zip(lines.Skip(1)))
        {
            string[] fields = line.Split(',');
            var expected = Expected.GetProperty("finetuned.zip").GetProperty(Path.GetFileName(name));
            Assert.Equal(Path.Combine(Images, name), fields[0]);
            Assert.Equal(expected.GetProperty("PredictedLabel").GetString(), fields[1]);
            float probability = expected.GetProperty("Score").Deserialize<float[]>()!.Max();
            Assert.Equal(probability, float.Parse(fields[2], CultureInfo.InvariantCulture), 1e-4f);
        }
    }

    [Fact]
    public void A_file_that_is_named_must_be_an_image()
    {
        string csv = _folder.File("predictions.csv"), broken = _folder.File("a,b.jpg"), model = Path.Combine(Models, "svm.zip");
        File.WriteAllText(broken, "no image");
        string photo = Path.Combine(Images, "square.png");
        var (code, output, error) = CliTests.Run("predict", model, photo, broken, "--out", csv, "--top", "1");
        Assert.True(code == 1, error);
        Assert.StartsWith($"{broken}: not an image", output, StringComparison.Ordinal);
        string[] lines = File.ReadAllLines(csv);
        Assert.Equal("file,label,score", lines[0]);
        Assert.Equal($"\"{broken}\",,", lines[2]);

        File.Delete(photo);
        Directory.Delete(Path.Combine(Images, "deeper"), recursive: true);
        (code, output, error) = CliTests.Run("predict", model, Images);
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("There are no readable images in the given folders.", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("finetuned.zip", @"\w+ \(\d+\.\d %\), \w+ \(\d+\.\d %\)")]
    [InlineData("svm.zip", @"\w+ \(-?\d+\.\d{3}\), \w+ \(-?\d+\.\d{3}\)")]
    public void Probabilities_are_percentages_and_decision_values_plain_numbers(string model, string pattern)
    {
        string photo = Path.Combine(Images, "square.png");
        string text = CliTests.Run("predict", Path.Combine(Models, model), photo).Output;
        Assert.Matches($"^{photo}: {pattern}\n$", text.ReplaceLineEndings("\n"));
        var prediction = CliTests.Json("predict", Path.Combine(Models, model), photo).GetProperty("predictions")[0];
        Assert.Equal(Expected.GetProperty(model).GetProperty("square.png").GetProperty("PredictedLabel").GetString(),
            prediction.GetProperty("labels")[0].GetProperty("label").GetString());
    }
}
