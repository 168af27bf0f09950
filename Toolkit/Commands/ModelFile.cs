using Microsoft.ML;
using TransferKit.Pipelines.Serving;

namespace TransferKit.Toolkit.Commands;

/// <summary>Loads model files, and says which command is for a model of the other kind.</summary>
internal static class ModelFile
{
    /// <summary>Loads an image classifier.</summary>
    /// <param name="path">The model file.</param>
    /// <param name="load">Loads it.</param>
    /// <exception cref="InvalidDataException">The file is not a model, or the model is not an image classifier.</exception>
    public static T LoadClassifier<T>(string path, Func<T> load)
    {
        Check(path);
        try
        {
            return load();
        }
        catch (InvalidDataException e) when (IsDetector(path))
        {
            throw new InvalidDataException($"'{path}' is an object detector, not an image classifier: "
                + "use it with `transferkit detect predict` or `transferkit detect evaluate`.", e);
        }
    }

    /// <summary>Loads an object detector.</summary>
    /// <param name="path">The model file.</param>
    /// <param name="load">Loads it.</param>
    /// <exception cref="InvalidDataException">The file is not a model, or the model is not an object detector.</exception>
    public static T LoadDetector<T>(string path, Func<T> load)
    {
        Check(path);
        try
        {
            return load();
        }
        catch (InvalidDataException e) when (IsClassifier(path))
        {
            throw new InvalidDataException($"'{path}' is an image classifier, not an object detector: "
                + "use it with `transferkit predict` or `transferkit evaluate`.", e);
        }
    }

    private static void Check(string path)
    {
        string inFolder = Path.Combine(path, "model.zip");
        if (Directory.Exists(path))
            throw new InvalidDataException($"'{path}' is a folder: give a model file"
                + (File.Exists(inFolder) ? $", '{inFolder}'." : ", such as the model.zip in the folder that `finetune` wrote."));
        Span<byte> start = stackalloc byte[2];
        using var file = File.OpenRead(path);
        if (file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !start.SequenceEqual("PK"u8))
            throw new InvalidDataException($"'{path}' is not a model: it is not a zip file. "
                + "Give the model.zip that `train`, `finetune` or `detect train` wrote.");
    }

    private static bool IsDetector(string path) => Loads(() => new MLContext().Model.LoadObjectDetector(path));

    private static bool IsClassifier(string path) => Loads(() => new ImageClassifier(path, new() { Threads = 1 }));

    private static bool Loads(Func<IDisposable> load)
    {
        try
        {
            load().Dispose();
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }
}
