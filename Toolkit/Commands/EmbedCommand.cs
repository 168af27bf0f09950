using System.CommandLine;
using Spectre.Console;
using TransferKit.Images;
using TransferKit.Pipelines.Data;
using TransferKit.Toolkit.Reports;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit embed DIR|FILE...</c>: feature vectors of photos, as CSV or NumPy's array file.</summary>
internal static class EmbedCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var paths = new Argument<string[]>("DIR|FILE") { Description = "Photos, or folders of them.", Arity = ArgumentArity.OneOrMore };
        var file = OutFile.Option("The .csv or .npy file to write; beside a .npy, a .npy.names.txt.", ".csv", ".npy");
        var json = Shell.JsonOption();
        var network = new NetworkOptions();
        var command = new Command("embed", "Write the feature vectors of photos to a file.") { paths, file, json };
        network.AddTo(command);
        command.SetAction(parsed =>
        {
            var shell = new Shell(output, error, parsed.GetValue(json));
            string path = parsed.GetValue(file)!.FullName;
            AtomicFile.Check(path);
            var options = network.Read<FeaturizerOptions>(parsed, shell);
            var tried = Folders.Try(Folders.Files(parsed.GetValue(paths)!));
            foreach (var (_, problem) in tried.Where(t => t.Problem is not null))
                shell.Say($"Left out: {problem}");
            string[] readable = [.. tried.Where(t => t.Problem is null).Select(t => t.File)];
            if (readable.Length == 0)
                throw new ImageFormatException($"There is no readable image among {string.Join(", ", parsed.GetValue(paths)!)}.");
            int width = shell.Track("Embedding", readable.Length, progress =>
            {
                options.Progress = progress;
                using var featurizer = new ImageFeaturizer(options);
                FeatureFile.Write(path, readable, featurizer.Width, featurizer.Featurize(readable.Select(f => new ImageSource(f))));
                return featurizer.Width;
            });
            shell.Result(new { Images = readable.Length, Width = width, Out = path, Skipped = tried.Where(t => t.Problem is not null).Select(t => new FileRemark(t.File, t.Problem!)) },
                console => console.WriteLine($"{readable.Length} vectors of {width} features: {path}"));
            return readable.Length < tried.Length ? Cli.Failed : Cli.Done;
        });
        return command;
    }
}
