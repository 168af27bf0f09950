using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using TransferKit.Engines;

namespace TransferKit.Pipelines.Saving;

/// <summary>Converts a linear classifier of ML.NET to the last layer of the network whose features it was trained on.</summary>
/// <remarks>
/// Most of ML.NET's classifiers do not expose their weights and biases. They are recovered by probing: the score of a zero vector is the
/// bias, and the score of a unit vector is the bias plus one weight. Random vectors then check that the classifier is linear.
/// </remarks>
internal static class LinearHead
{
    // Single precision represents probabilities down to about exp(-80).
    private const double LowestLogProbability = -80;
    private const double Tolerance = 1e-3;

    /// <summary>Returns the network with the classifier as its last layer.</summary>
    /// <param name="network">A network from images to features.</param>
    /// <param name="features">The column of the features in the model.</param>
    /// <param name="steps">
    /// The transformers between the network and the classifier. They must leave the features as they are or scale them to unit length.
    /// </param>
    /// <param name="classifier">The classifier.</param>
    /// <exception cref="ArgumentException">The classifier is not linear, or a step changes the features in another way.</exception>
    public static Network On(
        Network network, string features, IEnumerable<ITransformer> steps, ISingleFeaturePredictionTransformer<object> classifier)
    {
        float[][] samples = RandomVectors(network.Graph.Output.Shape.Count);
        float[][] scores = Scores(steps, classifier, features, samples);
        var head = classifier.Model is LinearMulticlassModelParametersBase linear
            ? ReadHead(linear)
            : ProbeHead(classifier, network.Graph.Output.Shape.Count);
        bool isSoftmax = classifier.Model is MaximumEntropyModelParameters;
        foreach (bool unitLength in new[] { false, true })
        {
            bool explainsAll = samples.Zip(scores).All(pair => Explains(head, pair.First, pair.Second, unitLength, isSoftmax));
            if (explainsAll)
                return network.WithLinear(head.Weights, head.Biases, unitLength);
        }
        throw new ArgumentException($"The {classifier.Model.GetType().Name} is no linear classifier of the features, as they are or " +
            "scaled to unit length. Supported are fine-tuned networks, and LinearSvm, logistic regression and other linear classifiers.");
    }

    private static Head ReadHead(LinearMulticlassModelParametersBase classifier)
    {
        VBuffer<float>[] weights = [];
        classifier.GetWeights(ref weights, out int classes);
        float[][] rows = [.. weights.Take(classes).Select(row => row.DenseValues().ToArray())];
        return new Head(rows, [.. classifier.GetBiases()]);
    }

    private static Head ProbeHead(ISingleFeaturePredictionTransformer<object> classifier, int width)
    {
        float[] zero = new float[width];
        var probes = Enumerable.Range(0, width).Select(feature => UnitVector(feature, width)).Prepend(zero);
        float[][] scores = Scores([], classifier, classifier.FeatureColumnName, probes);
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
        var vectors = new List<float[]>();
        for (int exponent = 2; exponent >= -2; exponent--)
        {
            float magnitude = MathF.Pow(10, exponent);
            vectors.Add([.. Enumerable.Range(0, width).Select(_ => magnitude * random.NextSingle())]);
        }
        return [.. vectors];
    }

    // Whether the head gives the scores of a feature vector.
    private static bool Explains(Head head, float[] features, float[] scores, bool unitLength, bool isSoftmax)
    {
        if (scores.Length != head.Biases.Length)
            return false;
        double length = unitLength ? Math.Sqrt(features.Sum(x => (double)x * x)) : 1;
        double[] logits = [.. head.Weights.Zip(head.Biases, (weights, bias) => Dot(weights, features) / length + bias)];
        double tolerance = Tolerance * (1 + logits.Max(Math.Abs));
        double logSum = isSoftmax ? LogSumExp(logits) : 0;
        return logits.Zip(scores, Difference).All(difference => Math.Abs(difference) < tolerance);

        double Difference(double logit, float score)
        {
            if (!isSoftmax)
                return logit - score;
            // Probabilities near 0 are compared by their logarithms, or any logit would explain them.
            return Math.Max(LowestLogProbability, logit - logSum) - Math.Max(LowestLogProbability, Math.Log(score));
        }
    }

    private static double Dot(float[] weights, float[] features) => weights.Zip(features, (w, x) => (double)w * x).Sum();

    private static double LogSumExp(double[] logits)
    {
        double highest = logits.Max();
        return Math.Log(logits.Sum(logit => Math.Exp(logit - highest))) + highest;
    }

    // Runs the steps and the classifier on rows of features.
    private static float[][] Scores(
        IEnumerable<ITransformer> steps, ISingleFeaturePredictionTransformer<object> classifier, string column, IEnumerable<float[]> rows)
    {
        var schema = SchemaDefinition.Create(typeof(Row));
        var features = schema[nameof(Row.Features)];
        features.ColumnName = column;
        features.ColumnType = new VectorDataViewType(NumberDataViewType.Single, rows.First().Length);
        var view = new MLContext().Data.LoadFromEnumerable(rows.Select(row => new Row { Features = row }), schema);
        foreach (var step in steps)
            view = TransformIfPossible(step, view);
        return [.. classifier.Transform(view).GetColumn<float[]>("Score")];
    }

    // Steps for columns that are missing here, such as the label, are left out.
    private static IDataView TransformIfPossible(ITransformer step, IDataView view)
    {
        try
        {
            return step.Transform(view);
        }
        catch (ArgumentOutOfRangeException)
        {
            return view;
        }
    }

    // For each class a row of weights, one per feature, and a bias.
    private sealed record Head(float[][] Weights, float[] Biases);

    private sealed class Row
    {
        public float[] Features { get; set; } = [];
    }
}
