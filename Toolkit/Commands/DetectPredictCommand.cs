using System.CommandLine;
using TransferKit.Images;
using TransferKit.Toolkit.Reports;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit detect predict MODEL FILE...</c>: what is where in photos.</summary>
internal static class DetectPredictCommand
{
    private sealed record Looked(string File, IReadOnlyList<Found>? Found, string? Picture, string? Error)
    {
        public override string ToString() => Error ?? $"{File}: {(Found!.Count == 0 ? "nothing" : string.Join(", ", Found))}{(Picture is null ? "" : $"; {Picture}")}";
    }

    private sealed record Found(string Label, float Score, float[] Box)
    {
        public override string ToString() => FormattableString.Invariant($"{Label} ({Score:0.000}) at {Box[0]:0},{Box[1]:0} to {Box[2]:0},{Box[3]:0}");
    }

    public static Command Create(TextWriter output, TextWriter error)
    {
        var model = new Argument<FileInfo>("MODEL") { Description = "A model that `detect train` wrote." }.AcceptExistingOnly();
        var files = new Argument<string[]>("FILE") { Description = "Photos, or folders of them.", Arity = ArgumentArity.OneOrMore };
        var score = OptimizationArguments.WithDefault("--score", "The lowest score that is told of.", 0.5f);
        var folder = new Option<DirectoryInfo?>("--out") { Description = "A folder to write pictures with boxes to, NUMBER-NAME.png for each photo." };
        var json = Shell.JsonOption();
        var command = new Command("predict", "Find things in photos with a saved model.") { model, files, score, folder, json };
        command.SetAction(parsed =>
        {
            var shell = new Shell(output, error, parsed.GetValue(json));
            using var detector = new SavedDetector(parsed.GetValue(model)!);
            string[] asked = Folders.Files(parsed.GetValue(files)!);
            var looked = shell.Track("Looking", asked.Length, progress => asked.Select((file, i) =>
            {
                var one = Look(detector, file, parsed.GetValue(score), parsed.GetValue(folder) is { } to ? Path.Combine(to.FullName, $"{i + 1}-{Path.GetFileNameWithoutExtension(file)}.png") : null);
                progress.Report(i + 1);
                return one;
            }).ToArray());
            shell.Result(looked, console =>
            {
                foreach (var one in looked)
                    console.Write(new Spectre.Console.Text($"{one}\n"));
            });
            return looked.Any(l => l.Error is not null) ? Cli.Failed : Cli.Done;
        });
        return command;
    }

    private static Looked Look(SavedDetector detector, string file, float score, string? picture)
    {
        try
        {
            DetectedObject[] found = [.. detector.Find(file).Where(f => f.Score >= score)];
            if (picture is not null)
                AtomicFile.Write(picture, stream => stream.Write(BoxDrawing.Png(new ImageSource(file).Decode(), found)));
            return new(file, [.. found.Select(f => new Found(f.Label, f.Score, [f.Box.Left, f.Box.Top, f.Box.Right, f.Box.Bottom]))], picture, null);
        }
        catch (ImageFormatException e)
        {
            return new(file, null, null, e.Message);
        }
    }
}
