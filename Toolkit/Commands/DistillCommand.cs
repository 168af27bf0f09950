using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML;
using Spectre.Console;
using TransferKit.Images;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Toolkit.Reports;
using TransferKit.Training;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit distill</c>: a small network learns to give what a larger one gives, from photos without labels.</summary>
internal static class DistillCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var usual = new DistillationOptions();
        var images = new Option<string[]>("--images") { Description = "Folders and .zip files of photos; one that is named twice counts twice.", Required = true, AllowMultipleArgumentsPerToken = true };
        var teacher = new Option<string>("--teacher") { Description = "The network to learn from.", DefaultValueFactory = _ => usual.Teacher };
        var teacherWeights = new Option<string?>("--teacher-weights") { Description = "Its weights: a tag or a file; the best published unless given." };
        var student = new Option<string>("--student") { Description = "The network that learns.", DefaultValueFactory = _ => usual.Backbone.Name };
        var weights = new Option<string>("--weights") { Description = "What the student begins with: a tag, a file, or none.", DefaultValueFactory = _ => usual.Weights! };
        var size = OptimizationArguments.Number("--size", "Width and height of what the student is shown, in pixels.", usual.Size);
        var teacherSize = new Option<int?>("--teacher-size") { Description = "The same of the teacher; what it was trained with unless given." };
        var temperature = OptimizationArguments.Number("--temperature", "What logits are divided by before they become probabilities.", usual.Temperature);
        var features = OptimizationArguments.Number("--feature-weight", "How much features count beside probabilities.", usual.FeatureWeight);
        var probe = new Option<DirectoryInfo[]>("--probe") { Description = "Labeled folders on four fifths of which a linear SVM on the student's features is trained, and tested on the rest.", AllowMultipleArgumentsPerToken = true };
        var run = new Option<DirectoryInfo>("--out") { Description = "The run folder to write.", DefaultValueFactory = _ => new DirectoryInfo("run") };
        var resume = new Option<bool>("--resume") { Description = "Go on with the training in the run folder, if it was interrupted." };
        var json = Shell.JsonOption();
        var optimization = new OptimizationArguments(usual);
        var command = new Command("distill", "Train a small network to give what a larger one gives, from photos without labels.")
            { images, teacher, teacherWeights, student, weights, size, teacherSize, temperature, features, probe, run, resume, json };
        optimization.AddTo(command);
        command.SetAction(parsed =>
        {
            var shell = new Shell(output, error, parsed.GetValue(json));
            var clock = Stopwatch.StartNew();
            var files = new RunFolder(parsed.GetValue(run)!.FullName);
            var options = new DistillationOptions
            {
                Backbone = parsed.GetValue(student)!,
                Weights = parsed.GetValue(weights),
                Teacher = parsed.GetValue(teacher)!,
                TeacherWeights = parsed.GetValue(teacherWeights),
                Size = parsed.GetValue(size),
                TeacherSize = parsed.GetValue(teacherSize),
                Temperature = parsed.GetValue(temperature),
                FeatureWeight = parsed.GetValue(features),
                WorkspacePath = files.Folder,
                Resume = parsed.GetValue(resume),
            };
            optimization.Fill(options, parsed, shell);
            options.Validate();
            var photos = UnlabeledPhotos.Read(shell, parsed.GetValue(images)!);
            var held = Enumerable.Range(0, photos.Count).ToArray();
            new Random(options.Seed).Shuffle(held);
            var validation = held.Take((int)(photos.Count * optimization.ValidationFraction(parsed))).ToHashSet();
            files.Start(parsed, options.Resume);
            using var stop = new Interruption(shell);
            var trained = Distiller.Distill(options, [.. photos.Where((_, i) => !validation.Contains(i))], [.. photos.Where((_, i) => validation.Contains(i))], stop.Token);
            files.Save(trained);
            var best = trained.History[trained.BestEpoch - 1];
            var result = new Result(files.Weights, trained.BestEpoch, best.ValidationCrossEntropy ?? best.CrossEntropy, best.ValidationAccuracy ?? best.Accuracy,
                [.. parsed.GetValue(probe)!.Select(folder => Probe(shell, folder, options, files.Weights, trained.Preprocessing))], Math.Round(clock.Elapsed.TotalSeconds, 1), trained.History);
            files.Report(result);
            shell.Result(result, console =>
            {
                console.WriteLine(FormattableString.Invariant($"{result.Agreement:0.0%} of first classes as the teacher's, loss {result.Loss:0.000}, in {result.Seconds:0} s"));
                foreach (var p in result.Probes)
                    console.WriteLine($"{p.Folder}: {p.Correct} of {p.Total} right by a linear SVM on its features");
                console.WriteLine($"Weights: {result.Weights}");
            });
            return Cli.Done;
        });
        return command;
    }

    private static ProbeResult Probe(Shell shell, DirectoryInfo folder, DistillationOptions options, string weights, Preprocessing preprocessing)
    {
        var context = new MLContext(options.Seed);
        var (train, test) = Folders.TrainAndTest(shell, context, folder, Folders.Read(shell, context, folder.FullName), testFolder: null, fraction: 0.2, options.Seed);
        var features = new ImageFeaturizingEstimator.Options { Backbone = options.Backbone, Weights = weights, Preprocessing = preprocessing };
        using var classifier = Heads.Labeled(context, "LabelKey", context.Transforms.FeaturizeImages(features).Append(Heads.Create(context, "svm", options.Seed))).Fit(train);
        var evaluation = context.MulticlassClassification.EvaluateImages(classifier, test);
        return new ProbeResult(folder.FullName, evaluation.Correct, evaluation.Total);
    }

    private sealed record ProbeResult(string Folder, int Correct, int Total);

    private sealed record Result(string Weights, int BestEpoch, double Loss, double Agreement, IReadOnlyList<ProbeResult> Probes, double Seconds, IReadOnlyList<EpochMetrics> History);
}
