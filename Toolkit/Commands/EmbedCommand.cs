using System.CommandLine;
using Spectre.Console;
using TransferKit.Images;
using TransferKit.Pipelines.Data;
using TransferKit.Toolkit.Reports;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit embed DIR|FILE...</c>: writes the feature vectors of photos as CSV or as a NumPy array.</summary>
internal static class EmbedCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var paths = new Argument<string[]>("DIR|FILE") { Description = "Photos, or folders of them.", Arity = ArgumentArity.OneOrMore };
        var file = OutFile.Option(
            "File to write: .csv, or .npy with the names of the photos in a .npy.names.txt beside it.", ".csv", ".npy");
        var json = CommandOutput.CreateJsonOption();
        var network = new NetworkOptions();
        var command = new Command("embed", "Write the feature vectors (embeddings) of photos to a file.") { paths, file, json };
        network.AddTo(command);
        command.SetAction(parsed =>
        {
            var shell = new CommandOutput(output, error, parsed.GetValue(json));
            string path = parsed.GetValue(file)!.FullName;
            AtomicFile.Check(path);
            var options = network.Read<FeaturizerOptions>(parsed, shell);
            var verified = Folders.Verify(Folders.ExpandFolders(parsed.GetValue(paths)!));
            FileRemark[] skipped = [.. verified.Where(v => v.Problem is not null).Select(v => new FileRemark(v.File, v.Problem!))];
            shell.LogSkipped(skipped);
            string[] readable = [.. verified.Where(v => v.Problem is null).Select(v => v.File)];
            if (readable.Length == 0)
                throw new ImageFormatException($"There is no readable image among {string.Join(", ", parsed.GetValue(paths)!)}.");
            int width = shell.WithProgress("Embedding", readable.Length, progress =>
            {
                options.Progress = progress;
                using var featurizer = new ImageFeaturizer(options);
                var features = featurizer.Featurize(readable.Select(f => new ImageSource(f)));
                FeatureFile.Write(path, readable, featurizer.Width, features);
                return featurizer.Width;
            });
            shell.WriteResult(new { Images = readable.Length, Width = width, Out = path, Skipped = skipped },
                console => console.WriteLine($"Wrote {readable.Length} feature vectors of {width} values to {path}."));
            return skipped.Length > 0 ? Cli.Failed : Cli.Done;
        });
        return command;
    }
}
