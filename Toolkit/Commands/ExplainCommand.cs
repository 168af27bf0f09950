using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using TransferKit.Images;
using TransferKit.Maps;
using TransferKit.Pipelines.Explaining;
using TransferKit.Pipelines.Serving;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit explain MODEL FILE|DIR...</c>: draws where in images a saved model sees a label.</summary>
internal static class ExplainCommand
{
    private static readonly Dictionary<string, MapMethod> Methods = new()
    {
        ["grad-cam"] = MapMethod.GradCam,
        ["cam"] = MapMethod.Cam,
        ["grad-cam++"] = MapMethod.GradCamPlusPlus,
        ["score-cam"] = MapMethod.ScoreCam,
        ["eigen-cam"] = MapMethod.EigenCam,
        ["layer-cam"] = MapMethod.LayerCam,
        ["attention-rollout"] = MapMethod.AttentionRollout,
    };

    /// <summary>The result for a file, or the error.</summary>
    /// <param name="File">The image file.</param>
    /// <param name="Label">The label.</param>
    /// <param name="Score">The model's score for the label.</param>
    /// <param name="Peak">The pixel with the highest value of the map: x, y.</param>
    /// <param name="Box">The bounding box of the strongest region in pixels: left, top, right, bottom.</param>
    /// <param name="Picture">The file with the image and the map over it.</param>
    /// <param name="Error">Why the file could not be read.</param>
    internal sealed record Result(string File, string? Label, float? Score, int[]? Peak, int[]? Box, string? Picture, string? Error);

    /// <summary>Creates the command.</summary>
    public static Command Create(TextWriter output, TextWriter error)
    {
        var model = new Argument<FileInfo>("MODEL") { Description = "Model written by `train` or `finetune`." }.AcceptExistingOnly();
        var files = ImageArguments.Create();
        var method = new Option<string>("--method")
        {
            Description = "Method of class-activation mapping, or attention-rollout for transformers; cam, score-cam, eigen-cam and " +
                "attention-rollout need no libtorch.",
            DefaultValueFactory = _ => Methods.Keys.First(),
        }.AcceptOnlyFromAmong([.. Methods.Keys]);
        var label = new Option<string?>("--class") { Description = "Label to explain. Default: the predicted one." };
        var layer = new Option<string?>("--layer")
        {
            Description = "Layer whose feature map or tokens are used. Default: the last feature map, or the last attention's tokens.",
        };
        var smooth = new Option<bool>("--smooth") { Description = "Average the maps of six views of each image." };
        var folder = new Option<DirectoryInfo>("--out")
        {
            Description = "Folder for the pictures, NAME-map.png for each image.",
            Required = true,
        };
        var json = CommandOutput.CreateJsonOption();
        var command = new Command("explain", "Draw where in images a saved model sees the label it predicts.")
        {
            model, files, method, label, layer, smooth, folder, json,
        };
        command.SetAction(parsed =>
        {
            var shell = new CommandOutput(output, error, parsed.GetValue(json));
            string outputFolder = parsed.GetValue(folder)!.FullName;
            AtomicFile.Check(Path.Combine(outputFolder, "map.png"));
            var options = new MapOptions
            {
                Method = Methods[parsed.GetValue(method)!],
                Layer = parsed.GetValue(layer),
                Smooth = parsed.GetValue(smooth),
            };
            string modelPath = parsed.GetValue(model)!.FullName;
            using var classifier = ModelFile.LoadClassifier(modelPath, () => new ImageClassifier(modelPath));
            using var explainer = classifier.CreateExplainer(options);
            Directory.CreateDirectory(outputFolder);
            var images = ImageArguments.Expand(parsed.GetValue(files)!);
            var all = shell.WithProgress("Explaining", images.Length,
                progress => Explain(explainer, [.. images.Select(i => i.Path)], parsed.GetValue(label), outputFolder, progress));
            var results = ImageArguments.LeaveOutStrays(shell, images, all, result => result.Error);
            shell.WriteResult(new { Explanations = results }, console =>
            {
                foreach (var result in results)
                    console.WriteLine(ToText(result, explainer.GivesProbabilities));
            });
            return results.Any(result => result.Error is not null) ? Cli.Failed : Cli.Done;
        });
        return command;
    }

    /// <summary>Returns the result as a line: label and score, the peak of the map, its strongest region and the picture.</summary>
    internal static string ToText(Result result, bool isProbability)
    {
        if (result.Error is not null)
            return result.Error;
        string score = isProbability
            ? string.Create(CultureInfo.InvariantCulture, $"{100 * result.Score:0.0} %")
            : string.Create(CultureInfo.InvariantCulture, $"score {result.Score:0.000}");
        int[] peak = result.Peak!, box = result.Box!;
        return $"{result.File}: {result.Label} ({score}), strongest at ({peak[0]}, {peak[1]}), " +
            $"region ({box[0]}, {box[1]})–({box[2]}, {box[3]}): {result.Picture}";
    }

    private static Result[] Explain(ImageExplainer explainer, string[] files, string? label, string folder, IProgress<int> progress)
    {
        var names = new UniqueNames();
        var results = new List<Result>();
        foreach (string file in files)
        {
            string name = names.For(Path.GetFileNameWithoutExtension(file) + "-map");
            results.Add(Explain(explainer, file, label, Path.Combine(folder, name + ".png")));
            progress.Report(results.Count);
        }
        return [.. results];
    }

    private static Result Explain(ImageExplainer explainer, string file, string? label, string path)
    {
        try
        {
            var picture = new ImageSource(file).Decode();
            var (explainedLabel, score, map) = explainer.Explain(new ImageSource(picture), label);
            AtomicFile.Write(path, stream => stream.Write(ImageEncoder.Png(map.Overlay(picture))));
            var box = map.Box();
            int[] corners = [(int)box.Left, (int)box.Top, (int)box.Right, (int)box.Bottom];
            return new(file, explainedLabel, score, [map.Peak.X, map.Peak.Y], corners, path, Error: null);
        }
        catch (ImageFormatException e)
        {
            return new(file, null, null, null, null, null, e.Message);
        }
    }

    // Images from several folders may have the same name.
    private sealed class UniqueNames
    {
        private readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase);

        public string For(string name)
        {
            string unique = name;
            for (int i = 2; !_taken.Add(unique); i++)
                unique = $"{name}-{i}";
            return unique;
        }
    }
}
