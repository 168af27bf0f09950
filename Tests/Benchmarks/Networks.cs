using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Engines;
using TransferKit.Pipelines.Featurizing;

namespace TransferKit.Benchmarks;

/// <summary>
/// Measures networks with real weights: the accuracy of <c>LinearSvm</c> on their frozen features over several sets of photographs, and
/// images per second from JPEG files to features on all processors. Draws one against the other.
/// </summary>
internal static class Networks
{
    private const int Rounds = 3;

    /// <summary>Measures and draws.</summary>
    /// <param name="picture">The SVG file to write.</param>
    /// <param name="folders">Training and test folders in turn, separated by commas; speed is measured on the first.</param>
    /// <param name="names">Networks as NAME=WEIGHTS, for 8-bit integers as NAME=WEIGHTS+int8.</param>
    public static int Run(string picture, string folders, string[] names)
    {
        var context = new MLContext(seed: 1);
        var sets = folders.Split(',').Chunk(2).Select(pair => Load(context, pair[0], pair[1])).ToList();
        var measured = names.Select(name => Fit(context, name, sets)).ToList();
        // The training above was the warm-up. The networks take turns, so that other load on the machine affects all of them.
        for (int round = 0; round < Rounds; round++)
            foreach (var network in measured)
            {
                var clock = Stopwatch.StartNew();
                int images = network.Featurizer.Transform(sets[0].Train).GetColumn<VBuffer<float>>("Features").Count();
                network.Speeds.Add(images / clock.Elapsed.TotalSeconds);
            }
        Console.WriteLine("| network | correct | accuracy (%) | images/s |");
        Console.WriteLine("| --- | --- | --- | --- |");
        foreach (var network in measured)
            Console.WriteLine($"| {network.Name} | {string.Join(", ", network.Correct)} | {Text(network.Accuracy, "0.0")} | "
                + $"{Text(network.Speed, "0")} |");
        File.WriteAllText(picture, SpeedPlot.Draw([.. measured.Select(network => (network.Name, network.Speed, network.Accuracy))]));
        return 0;
    }

    private static (IDataView Train, IDataView Test) Load(MLContext context, string train, string test)
    {
        var keys = context.Transforms.Conversion.MapValueToKey("Label").Fit(context.Data.LoadImagesFromFolder(train));
        return (keys.Transform(context.Data.LoadImagesFromFolder(train)), keys.Transform(context.Data.LoadImagesFromFolder(test)));
    }

    private static Measured Fit(MLContext context, string name, List<(IDataView Train, IDataView Test)> sets)
    {
        string[] parts = name.Split('=', '+');
        var options = new ImageFeaturizingEstimator.Options
        {
            Backbone = parts[0],
            Weights = parts[1],
            Precision = parts.Length > 2 ? Precision.Int8 : Precision.Fp32,
        };
        var featurizer = context.Transforms.FeaturizeImages(options).Fit(sets[0].Train);
        var measured = new Measured(parts[0] + (parts.Length > 2 ? ", int8" : ""), featurizer);
        foreach (var (train, test) in sets)
        {
            var model = context.MulticlassClassification.Trainers.LinearSvm().Fit(featurizer.Transform(train));
            var predicted = model.Transform(featurizer.Transform(test));
            int count = predicted.GetColumn<uint>("Label").Count();
            measured.Correct.Add((int)Math.Round(context.MulticlassClassification.Evaluate(predicted).MicroAccuracy * count));
            measured.Images += count;
        }
        return measured;
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private sealed record Measured(string Name, ImageFeaturizingTransformer Featurizer)
    {
        public List<int> Correct { get; } = [];

        public int Images { get; set; }

        public List<double> Speeds { get; } = [];

        public double Accuracy => 100.0 * Correct.Sum() / Images;

        public double Speed => Speeds.Order().ElementAt(Speeds.Count / 2);
    }
}
