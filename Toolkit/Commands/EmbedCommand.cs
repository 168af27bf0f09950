using System.CommandLine;
using Spectre.Console;
using TransferKit.Images;
using TransferKit.Pipelines.Data;
using TransferKit.Toolkit.Reports;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit embed FILE|DIR...</c>: writes the feature vectors of images as CSV or as a NumPy array.</summary>
internal static class EmbedCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var paths = ImageArguments.Create();
        var file = OutFile.Option(
            "File to write: .csv, or .npy with the names of the images in a .npy.names.txt beside it.", ".csv", ".npy");
        var json = CommandOutput.CreateJsonOption();
        var network = new NetworkOptions();
        var command = new Command("embed", "Write the feature vectors (embeddings) of images to a file.") { paths, file, json };
        network.AddTo(command);
        command.SetAction(parsed =>
        {
            var console = new CommandOutput(output, error, parsed.GetValue(json));
            string path = parsed.GetValue(file)!.FullName;
            AtomicFile.Check(path);
            var options = network.Read<FeaturizerOptions>(parsed, console);
            var named = ImageArguments.Expand(parsed.GetValue(paths)!);
            var problems = Folders.Verify([.. named.Select(n => n.Path)]).Select(v => v.Problem);
            (ImageArgument Image, string? Problem)[] verified = [.. named.Zip(problems)];
            FileRemark[] skipped = [.. verified.Where(v => v.Problem is not null).Select(v => new FileRemark(v.Image.Path, v.Problem!))];
            console.LogSkipped(skipped);
            ImageArgument[] images = [.. verified.Where(v => v.Problem is null).Select(v => v.Image)];
            if (images.Length == 0)
                throw new ImageFormatException($"There is no readable image among {string.Join(", ", parsed.GetValue(paths)!)}.");
            int width = console.WithProgress("Embedding", images.Length, progress =>
            {
                options.Progress = progress;
                var sources = images.Select(i => new ImageSource(i.Path));
                using var featurizer = new ImageFeaturizer(options, sources);
                var features = featurizer.Featurize(sources);
                FeatureFile.Write(path, images, featurizer.Width, features);
                return featurizer.Width;
            });
            console.WriteResult(new { Images = images.Length, Width = width, Out = path, Skipped = skipped },
                text => text.WriteLine($"Wrote {images.Length} feature vectors of {width} values to {path}."));
            // Strays such as Thumbs.db are in many folders, but a file that is named is meant to be an image.
            return verified.Any(v => v.Problem is not null && v.Image.IsNamed) ? Cli.Failed : Cli.Done;
        });
        return command;
    }
}
