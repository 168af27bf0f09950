using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using TransferKit.Engines;
using TransferKit.Pipelines.Evaluating;

namespace TransferKit.Pipelines.Saving;

/// <summary>Converts a linear classifier of ML.NET to the last layer of the network whose features it was trained on.</summary>
/// <remarks>
/// Most of ML.NET's classifiers do not expose their weights and biases. They are recovered by probing: the score of a zero vector is the
/// bias, and the score of a unit vector is the bias plus one weight. Random vectors then check that the model is linear.
/// </remarks>
internal static class LinearHead
{
    // Single precision represents probabilities down to about exp(-80).
    private const double LowestLogProbability = -80;
    private const double Tolerance = 1e-3, LowestTolerance = 1e-5;

    /// <summary>
    /// Returns the network with the classifier as its last layer, and whether the model's scores are the softmax of its output.
    /// </summary>
    /// <param name="network">A network from images to features.</param>
    /// <param name="steps">
    /// The transformers after the network. They may transform the features linearly or scale them to unit length, must have a linear
    /// classifier, and may turn its scores into probabilities at some temperature.
    /// </param>
    /// <param name="column">The column of the features.</param>
    /// <exception cref="ArgumentException">The classifier is not linear, or a step changes the features in another way.</exception>
    public static (Network Network, bool IsSoftmax) On(Network network, IReadOnlyList<ITransformer> steps, string column)
    {
        int width = network.Graph.Output.Shape.Count;
        float[][] samples = RandomVectors(width);
        float[][] scores = new FeatureSteps(steps, column).Scores(samples);
        bool isSoftmax = scores.All(Statistics.AreProbabilities);
        int first = steps.TakeWhile(step => step is not ISingleFeaturePredictionTransformer<object>).Count();
        var classifier = (ISingleFeaturePredictionTransformer<object>)steps[first];
        foreach (var head in Heads().Where(head => head.Weights[0].Length == width))
        {
            foreach (bool unitLength in new[] { false, true })
            {
                double[][] logits = [.. samples.Select(sample => head.Logits(sample, unitLength))];
                double scale = isSoftmax ? FindScale(logits, scores) : 1;
                if (logits.Zip(scores).All(pair => Explains(pair.First, scale, pair.Second, isSoftmax)))
                    return (network.WithLinear(Scaled(head.Weights, scale), Scaled([head.Biases], scale)[0], unitLength), isSoftmax);
            }
        }
        throw new ArgumentException($"The {classifier.Model.GetType().Name} is no linear classifier of the features, as they are or " +
            "scaled to unit length. Supported are fine-tuned networks, and LinearSvm, logistic regression and other linear classifiers.");

        // Parameters that can be read are exact, but they are not those of the features where a step before changes these.
        IEnumerable<Head> Heads()
        {
            if (classifier.Model is LinearMulticlassModelParametersBase linear)
                yield return Read(linear);
            yield return Probe(new FeatureSteps([.. steps.Take(first + 1)], column), width);
        }
    }

    private static Head Read(LinearMulticlassModelParametersBase classifier)
    {
        VBuffer<float>[] weights = [];
        classifier.GetWeights(ref weights, out int classes);
        float[][] rows = [.. weights.Take(classes).Select(row => row.DenseValues().ToArray())];
        return new Head(rows, [.. classifier.GetBiases()]);
    }

    private static Head Probe(FeatureSteps steps, int width)
    {
        float[] zero = new float[width];
        float[][] scores = steps.Scores([zero, .. Enumerable.Range(0, width).Select(feature => UnitVector(feature, width))]);
        // Logarithms of probabilities are the logits less a number that is the same for all classes of a row.
        if (scores.All(Statistics.AreProbabilities))
            scores = [.. scores.Select(row => row.Select(score => MathF.Log(score / row[0])).ToArray())];
        float[] biases = scores[0];
        float[][] weights = [.. biases.Select((bias, k) => scores[1..].Select(score => score[k] - bias).ToArray())];
        return new Head(weights, biases);
    }

    private static float[] UnitVector(int feature, int width)
    {
        float[] vector = new float[width];
        vector[feature] = 1;
        return vector;
    }

    // Of five magnitudes, from 100 to 0.01: biases are visible in the scores of small vectors, weights in those of large ones.
    private static float[][] RandomVectors(int width)
    {
        var random = new Random(1);
        return
        [
            .. from exponent in new[] { 2, 1, 0, -1, -2 }
               let magnitude = MathF.Pow(10, exponent)
               select Enumerable.Range(0, width).Select(_ => magnitude * random.NextSingle()).ToArray(),
        ];
    }

    // The factor of the logits before the softmax, from the two classes of a sample whose probabilities differ the most.
    private static double FindScale(double[][] logits, float[][] probabilities)
    {
        var (low, high) = logits.Zip(probabilities).Select(pair =>
        {
            var classes = pair.First.Zip(pair.Second, (logit, p) => (Logit: logit, LogProbability: LogOf(p)))
                .Where(c => c.LogProbability > LowestLogProbability).OrderBy(c => c.LogProbability).ToList();
            return (Low: classes[0], High: classes[^1]);
        }).MaxBy(pair => pair.High.LogProbability - pair.Low.LogProbability);
        double difference = high.Logit - low.Logit;
        return difference == 0 ? 1 : (high.LogProbability - low.LogProbability) / difference;
    }

    // Whether the logits of a feature vector give its scores.
    private static bool Explains(double[] logits, double scale, float[] scores, bool isSoftmax)
    {
        if (scores.Length != logits.Length)
            return false;
        double[] scaled = [.. logits.Select(logit => scale * logit)];
        // Relative to the logits before the scale, or a small scale would make all logits equal; but not below the errors of rounding.
        double tolerance = Math.Max(LowestTolerance, Tolerance * scale * (1 + logits.Max(Math.Abs)));
        double logSum = isSoftmax ? LogSumExp(scaled) : 0;
        return scaled.Zip(scores, Difference).All(difference => Math.Abs(difference) < tolerance);

        // Probabilities near 0 are compared by their logarithms, or any logit would explain them.
        double Difference(double logit, float score) =>
            isSoftmax ? Math.Max(LowestLogProbability, logit - logSum) - LogOf(score) : logit - score;
    }

    private static double LogOf(float probability) => Math.Max(LowestLogProbability, Math.Log(probability));

    private static double LogSumExp(double[] logits)
    {
        double highest = logits.Max();
        return Math.Log(logits.Sum(logit => Math.Exp(logit - highest))) + highest;
    }

    private static float[][] Scaled(float[][] rows, double scale) => [.. rows.Select(row => row.Select(x => (float)(scale * x)).ToArray())];

    // For each class a row of weights, one per feature, and a bias.
    private sealed record Head(float[][] Weights, float[] Biases)
    {
        public double[] Logits(float[] features, bool unitLength)
        {
            double length = unitLength ? Math.Sqrt(features.Sum(x => (double)x * x)) : 1;
            return [.. Weights.Zip(Biases, (weights, bias) => weights.Zip(features, (w, x) => (double)w * x).Sum() / length + bias)];
        }
    }
}
