using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using TransferKit.Images;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Evaluating;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Pipelines.Samples;
using TransferKit.Pipelines.Serving;
using TransferKit.Toolkit.Reports;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit demo</c>: trains a classifier on sample images, saves it, loads it and predicts with it.</summary>
internal static class DemoCommand
{
    private const int PredictionCount = 5;

    /// <summary>The result of a demo.</summary>
    /// <param name="Images">The folder of images.</param>
    /// <param name="Backbone">The name of the network.</param>
    /// <param name="Correct">The number of correctly classified test images.</param>
    /// <param name="Total">The number of test images.</param>
    /// <param name="Model">The model file.</param>
    /// <param name="Report">The report; null where it could not be written.</param>
    /// <param name="Picture">A picture of an image with its map and scores; null where it could not be drawn.</param>
    /// <param name="Predictions">Predictions for some of the test images.</param>
    /// <param name="Seconds">The time of the whole demo.</param>
    private sealed record Result(string Images, string Backbone, int Correct, int Total, string Model, string? Report, string? Picture,
        IReadOnlyList<PredictCommand.Prediction> Predictions, double Seconds);

    public static Command Create(TextWriter output, TextWriter error)
    {
        var photos = new Option<DirectoryInfo>("--images")
        {
            Description = "Folder of labeled images, with one subfolder for each class. Default: drawn images of flowers.",
        }.AcceptExistingOnly();
        var folder = new Option<DirectoryInfo>("--out")
        {
            Description = "Folder to write.",
            DefaultValueFactory = _ => new DirectoryInfo("demo"),
        };
        var force = Overwriting.ForceOption();
        var seed = OptimizationArguments.WithDefault("--seed", "Random seed for the sample images, the split and training.", 1);
        var json = CommandOutput.CreateJsonOption();
        var network = new NetworkOptions();
        var command = new Command("demo", "Train a classifier on sample images, save it, load it and predict with it.")
        {
            photos, folder, force, seed, json,
        };
        network.AddTo(command);
        command.SetAction(parsed =>
        {
            var shell = new CommandOutput(output, error, parsed.GetValue(json));
            var clock = Stopwatch.StartNew();
            string path = parsed.GetValue(folder)!.FullName;
            string[] outputs = [Path.Combine(path, "model.zip"), Path.Combine(path, "explained.png")];
            // Only the demo writes both. One alone may be a user's own file.
            bool replace = parsed.GetValue(force) || outputs.All(File.Exists);
            Overwriting.Check(replace, outputs);
            var source = parsed.GetValue(photos) ?? DrawSamples(shell, Path.Combine(path, "photos"), parsed.GetValue(seed));
            var options = network.Read<ImageFeaturizingEstimator.Options>(parsed, shell);
            var arguments = new TrainCommand.Arguments(source, TestFolder: null, TestFraction: 0.2, Heads.Names[0],
                new FileInfo(outputs[0]), parsed.GetValue(seed), replace);
            var (run, test) = TrainCommand.Train(shell, parsed, options, arguments);

            // The rest needs the saved file only, as a program that uses the model would.
            using var classifier = new ImageClassifier(run.Model);
            var predictions = PredictCommand.Predict(classifier, SomeOf(test), top: 1);
            string? picture = DrawPicture(shell, Path.Combine(path, "explained.png"), classifier, run.Evaluation);
            var result = new Result(source.FullName, options.Backbone.Name, run.Correct, run.Total, run.Model, run.Report, picture,
                predictions, Math.Round(clock.Elapsed.TotalSeconds, 1));
            shell.WriteResult(result, console =>
            {
                run.Print(console);
                Print(console, result);
            });
            return Cli.Done;
        });
        return command;
    }

    private static DirectoryInfo DrawSamples(CommandOutput shell, string folder, int seed)
    {
        shell.Log($"Wrote {SamplePhotos.Draw(folder, seed: seed)} sample images to {folder}.");
        return new DirectoryInfo(folder);
    }

    // Images at equal distances, so that every class appears where there are few classes.
    private static string[] SomeOf(ImageFolder images)
    {
        int count = Math.Min(PredictionCount, images.Images.Count);
        return [.. Enumerable.Range(0, count).Select(i => images.Images[i * images.Images.Count / count].ImagePath)];
    }

    // The test image whose true label is ahead of all others by the largest margin.
    private static string? DrawPicture(CommandOutput shell, string path, ImageClassifier classifier, Evaluation evaluation)
    {
        var clearest = Statistics.Margins(evaluation).MinBy(m => m.Margin).Image;
        try
        {
            using var explainer = classifier.CreateExplainer();
            var photo = new ImageSource(clearest.File!).Decode();
            var explanation = explainer.Explain(new ImageSource(photo));
            var prediction = classifier.ClassifyAsync(new ImageSource(clearest.File!)).GetAwaiter().GetResult();
            AtomicFile.Write(path, stream => stream.Write(ExplanationPicture.Png(photo, clearest.Label, explanation.Map, prediction)));
            return path;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException or DllNotFoundException or TypeInitializationException)
        {
            shell.Log($"The picture '{path}' was not drawn: {e.Message}");
            return null;
        }
    }

    private static void Print(IAnsiConsole console, Result result)
    {
        foreach (var prediction in result.Predictions)
            console.WriteLine(prediction.ToString());
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $$"""

            Done in {{result.Seconds:0.0}} s.
            Images:  {{result.Images}}
            Model:   {{result.Model}}
            Report:  {{result.Report}}
            Picture: {{result.Picture}}

            To use the model in an app that references Microsoft.ML and TransferKit.Pipelines:

                var model = mlContext.Model.Load(@"{{result.Model}}", out _);
                var engine = mlContext.Model.CreatePredictionEngine<Photo, Prediction>(model);
                Console.WriteLine(engine.Predict(new Photo(@"{{result.Predictions[0].File}}", "")).PredictedLabel);

            with `record Photo(string ImagePath, string Label)` and `class Prediction { public string PredictedLabel { get; set; } = ""; }`.

            Next: open the report in a browser, or try the model on your own images: transferkit serve "{{result.Model}}"
            """));
    }
}
