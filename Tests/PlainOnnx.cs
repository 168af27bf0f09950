using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using TransferKit.Images;
using TransferKit.Pipelines.Evaluating;

namespace TransferKit.Tests;

/// <summary>Runs exported models as another program would: with plain ONNX Runtime, and by their metadata alone.</summary>
internal static class PlainOnnx
{
    private const double Tolerance = 1e-4;

    /// <summary>Runs a model on image files.</summary>
    /// <param name="file">The .onnx file.</param>
    /// <param name="images">The image files, which are one batch.</param>
    /// <returns>The name of the output, the labels (null where the model has none), and the values of each image.</returns>
    public static (string Output, string[]? Labels, float[][] Values) Run(string file, params string[] images)
    {
        using var session = new InferenceSession(file);
        var metadata = session.ModelMetadata.CustomMetadataMap;
        Assert.Equal("Rgb8", metadata["Image.BitmapPixelFormat"]);
        Assert.Equal("NominalRange_0_255", metadata["Image.NominalPixelRange"]);
        Assert.DoesNotContain("mean", metadata.Keys);
        int resize = Number("resize_size"), crop = Number("crop_size");
        // The mean and the standard deviation are not used: images are not normalized.
        var resizing = new Preprocessing(resize, crop, Enum.Parse<Interpolation>(metadata["interpolation"], ignoreCase: true), [], []);
        float[] levels = [.. images.SelectMany(image => Levels(new ImageSource(image).Decode(), resizing))];
        var (inputName, input) = session.InputMetadata.Single();
        Assert.Equal([-1, 3, crop, crop], input.Dimensions);
        var batch = new DenseTensor<float>(levels, [images.Length, 3, crop, crop]);
        using var outputs = session.Run([NamedOnnxValue.CreateFromTensor(inputName, batch)]);
        float[] values = [.. outputs[0].AsEnumerable<float>()];
        return (outputs[0].Name, Labels(), [.. values.Chunk(values.Length / images.Length)]);

        int Number(string key) => JsonSerializer.Deserialize<int>(metadata[key]);

        string[]? Labels() => metadata.TryGetValue("id2label", out string? text)
            ? [.. JsonSerializer.Deserialize<Dictionary<int, string>>(text)!.OrderBy(l => l.Key).Select(l => l.Value)]
            : null;
    }

    /// <summary>Checks that an ONNX model and an ML.NET model give the same labels and scores.</summary>
    /// <returns>The name of the ONNX model's output.</returns>
    public static string AssertSame(string model, string onnx, params string[] images)
    {
        var context = new MLContext();
        var loaded = context.Model.Load(model, out _);
        using var disposable = (IDisposable)loaded;
        var photos = images.Select(image => new Photo { ImagePath = image });
        var predictions = loaded.Transform(context.Data.LoadFromEnumerable(photos));
        var (output, labels, values) = Run(onnx, images);
        Assert.Equal(Evaluation.LabelsOf(predictions.Schema), labels);
        Assert.Equal(predictions.GetColumn<string>("PredictedLabel"), values.Select(v => labels![Array.IndexOf(v, v.Max())]));
        foreach (var (expected, actual) in predictions.GetColumn<float[]>("Score").Zip(values))
            Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, Tolerance * Math.Max(1, Math.Abs(pair.First))));
        return output;
    }

    // Channel by channel, row by row.
    private static IEnumerable<float> Levels(Picture picture, Preprocessing resizing)
    {
        var crop = resizing.ResizeAndCrop(picture);
        byte[] pixels = [.. crop.Pixels];
        return Enumerable.Range(0, 3).SelectMany(c => Enumerable.Range(0, crop.Width * crop.Height).Select(i => (float)pixels[4 * i + c]));
    }

    private sealed class Photo
    {
        public string ImagePath { get; set; } = "";

        public byte[] Image => File.ReadAllBytes(ImagePath);

        public string Label { get; set; } = "";
    }
}
