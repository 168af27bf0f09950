using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Spectre.Console;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Pipelines.Samples;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit demo</c>: the whole way from photographs to predictions.</summary>
internal static class DemoCommand
{
    private const int Shown = 5;

    public static Command Create(TextWriter output, TextWriter error)
    {
        var photos = new Option<DirectoryInfo>("--photos") { Description = "A folder with one sub-folder of photos for each class; flowers are drawn unless given." }.AcceptExistingOnly();
        var folder = new Option<DirectoryInfo>("--out") { Description = "The folder to write.", DefaultValueFactory = _ => new DirectoryInfo("demo") };
        var seed = OptimizationArguments.WithDefault("--seed", "Of everything random.", 1);
        var json = Shell.JsonOption();
        var network = new NetworkOptions();
        var command = new Command("demo", "Train a classifier on drawn flowers, save it, load it, predict.") { photos, folder, seed, json };
        network.AddTo(command);
        command.SetAction(parsed =>
        {
            var shell = new Shell(output, error, parsed.GetValue(json));
            var clock = Stopwatch.StartNew();
            string path = parsed.GetValue(folder)!.FullName;
            var source = parsed.GetValue(photos) ?? Drawn(shell, Path.Combine(path, "photos"), parsed.GetValue(seed));
            var model = new FileInfo(Path.Combine(path, "model.zip"));
            var options = network.Read<ImageFeaturizingEstimator.Options>(parsed, shell);
            var (result, test) = TrainCommand.Train(shell, parsed, options, source, testFolder: null, testFraction: 0.2, Heads.Names[0], model, parsed.GetValue(seed));
            // As another program would: nothing of the training is left but the file.
            var context = new MLContext();
            using var classifier = new SavedClassifier(context, model);
            string[] some = [.. Enumerable.Range(0, Math.Min(Shown, test.Images.Count)).Select(i => test.Images[i * test.Images.Count / Math.Min(Shown, test.Images.Count)].ImagePath)];
            var predictions = PredictCommand.Predict(context, classifier, some, top: 1);
            double seconds = Math.Round(clock.Elapsed.TotalSeconds, 1);
            shell.Result(new { Photos = source.FullName, Backbone = options.Backbone.Name, result.Correct, result.Total, Model = model.FullName, Predictions = predictions, Seconds = seconds }, console =>
            {
                result.Print(console);
                foreach (var prediction in predictions)
                    console.WriteLine(prediction.ToString());
                console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""

                    Done in {seconds:0.0} s.
                    Photos: {source.FullName}
                    Model:  {model.FullName}

                    An app that references Microsoft.ML and TransferKit.Pipelines uses it like this:

                        var model = mlContext.Model.Load(@"{model.FullName}", out _);
                        var engine = mlContext.Model.CreatePredictionEngine<Photo, Prediction>(model);
                        Console.WriteLine(engine.Predict(new Photo("{Path.GetFileName(some[0])}", "")).PredictedLabel);

                    with `record Photo(string ImagePath, string Label)` and `class Prediction {"{"} public string PredictedLabel {"{"} get; set; {"}"} = ""; {"}"}`.
                    """));
            });
            return Cli.Done;
        });
        return command;
    }

    private static DirectoryInfo Drawn(Shell shell, string folder, int seed)
    {
        shell.Say($"Drawing {SamplePhotos.Draw(folder, seed: seed)} photographs.");
        return new DirectoryInfo(folder);
    }
}
