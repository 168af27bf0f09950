using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using Spectre.Console;
using TransferKit.Images;
using TransferKit.Maps;
using TransferKit.Pipelines.Explaining;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit explain MODEL FILE...</c>: pictures of where a saved model sees a label.</summary>
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
    };

    /// <summary>What was found in a file, or why nothing was; boxes and peaks are in pixels.</summary>
    internal sealed record Explained(string File, string? Label, float? Score, int[]? Peak, int[]? Box, string? Picture, string? Error)
    {
        public override string ToString() =>
            Error ?? string.Create(CultureInfo.InvariantCulture, $"{File}: {Label} ({Score:0.000}), at {Peak![0]},{Peak[1]}, within {string.Join(',', Box!)}: {Picture}");
    }

    public static Command Create(TextWriter output, TextWriter error)
    {
        var model = new Argument<FileInfo>("MODEL") { Description = "A model that `train` or `finetune` wrote." }.AcceptExistingOnly();
        var files = new Argument<string[]>("FILE") { Description = "Photos, or folders of them.", Arity = ArgumentArity.OneOrMore };
        var method = new Option<string>("--method") { Description = "How maps are made; cam, score-cam and eigen-cam need no libtorch.", DefaultValueFactory = _ => Methods.Keys.First() }.AcceptOnlyFromAmong([.. Methods.Keys]);
        var label = new Option<string?>("--class") { Description = "The label to look for; the one that is predicted unless given." };
        var layer = new Option<string?>("--layer") { Description = "The node whose map is looked at; the last one unless given." };
        var smooth = new Option<bool>("--smooth") { Description = "Take the mean over six views of each photo." };
        var folder = new Option<DirectoryInfo>("--out") { Description = "The folder to write pictures to, NAME-map.png for each photo.", Required = true };
        var json = Shell.JsonOption();
        var command = new Command("explain", "Show where in photos a saved model sees what it predicts.") { model, files, method, label, layer, smooth, folder, json };
        command.SetAction(parsed =>
        {
            var shell = new Shell(output, error, parsed.GetValue(json));
            string to = parsed.GetValue(folder)!.FullName;
            Directory.CreateDirectory(to);
            AtomicFile.Check(Path.Combine(to, "map.png"));
            using var classifier = new SavedClassifier(new MLContext(), parsed.GetValue(model)!);
            var options = new MapOptions { Method = Methods[parsed.GetValue(method)!], Layer = parsed.GetValue(layer), Smooth = parsed.GetValue(smooth) };
            using var explainer = new ImageExplainer(classifier.Model, options);
            string[] asked = Folders.Files(parsed.GetValue(files)!);
            var names = new UniqueNames();
            var found = shell.Track("Explaining", asked.Length, progress => asked.Select((file, i) =>
            {
                var one = Explain(explainer, file, parsed.GetValue(label), Path.Combine(to, names.For(Path.GetFileNameWithoutExtension(file) + "-map") + ".png"));
                progress.Report(i + 1);
                return one;
            }).ToArray());
            shell.Result(found, console =>
            {
                foreach (var one in found)
                    console.WriteLine(one.ToString());
            });
            return found.Any(f => f.Error is not null) ? Cli.Failed : Cli.Done;
        });
        return command;
    }

    private static Explained Explain(ImageExplainer explainer, string file, string? label, string path)
    {
        try
        {
            var picture = new ImageSource(file).Decode();
            var (shown, score, map) = explainer.Explain(new ImageSource(picture), label);
            AtomicFile.Write(path, stream => stream.Write(ImageEncoder.Png(map.Overlay(picture))));
            var box = map.Box();
            return new(file, shown, score, [map.Peak.X, map.Peak.Y], [(int)box.Left, (int)box.Top, (int)box.Right, (int)box.Bottom], path, null);
        }
        catch (ImageFormatException e)
        {
            return new(file, null, null, null, null, null, e.Message);
        }
    }

    // Photos of one name from several folders.
    private sealed class UniqueNames
    {
        private readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase);

        public string For(string name)
        {
            string free = name;
            for (int i = 2; !_taken.Add(free); i++)
                free = $"{name}-{i}";
            return free;
        }
    }
}
