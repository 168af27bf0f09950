using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using TransferKit.Engines;

namespace TransferKit.Pipelines.Saving;

/// <summary>A linear classifier of ML.NET's as the last layer of the network whose features it was trained on.</summary>
internal static class LinearHead
{
    // The logarithm of probabilities that single precision just holds.
    private const double Least = -80;

    /// <param name="network">From images to features.</param>
    /// <param name="features">The column that the model has them in.</param>
    /// <param name="before">What the model does between features and classifier: nothing, or scaling to length 1, and things that do not matter.</param>
    /// <param name="classifier">The classifier.</param>
    /// <exception cref="ArgumentException">The classifier is not linear, or something else is done to features first.</exception>
    public static Network On(Network network, string features, IEnumerable<ITransformer> before, ISingleFeaturePredictionTransformer<object> classifier)
    {
        int width = network.Graph.Output.Shape.Count;
        var random = new Random(1);
        // Large and small ones: each shows what the other would hide.
        float[][] some = [.. Enumerable.Range(-2, 5).Select(i => Enumerable.Range(0, width).Select(_ => MathF.Pow(10, -i) * random.NextSingle()).ToArray())];
        // What is between features and classifier must take features as they are, or no map could be followed back through it.
        float[][] whole = Scores(before, classifier, features, some);
        var (weights, biases) = classifier.Model is LinearMulticlassModelParametersBase known ? Known(known) : Asked(classifier, width);
        foreach (bool unitLength in new[] { false, true })
            if (whole.Zip(some).All(s => Matches(s.First, s.Second, weights, biases, unitLength, classifier.Model is MaximumEntropyModelParameters)))
                return network.WithLinear(weights, biases, unitLength);
        throw new ArgumentException($"The {classifier.Model.GetType().Name} is no linear classifier of features, as they are or scaled to length 1; maps are made for fine-tuned networks, LinearSvm, logistic regression and their like.");
    }

    private static (float[][] Weights, float[] Biases) Known(LinearMulticlassModelParametersBase classifier)
    {
        VBuffer<float>[] weights = [];
        classifier.GetWeights(ref weights, out int classes);
        return ([.. weights.Take(classes).Select(w => w.DenseValues().ToArray())], [.. classifier.GetBiases()]);
    }

    // One-versus-all does not show its classifiers, but their scores tell: of nothing the bias, of one feature alone that and its weight.
    private static (float[][] Weights, float[] Biases) Asked(ISingleFeaturePredictionTransformer<object> classifier, int width)
    {
        float[][] scores = Scores([], classifier, classifier.FeatureColumnName, Enumerable.Range(0, width).Select(f => One(f, width)).Prepend(new float[width]));
        float[] biases = scores[0];
        return ([.. biases.Select((bias, k) => scores[1..].Select(s => s[k] - bias).ToArray())], biases);
    }

    private static float[] One(int feature, int width)
    {
        float[] one = new float[width];
        one[feature] = 1;
        return one;
    }

    private static bool Matches(float[] scores, float[] features, float[][] weights, float[] biases, bool unitLength, bool softmax)
    {
        double length = unitLength ? Math.Sqrt(features.Sum(x => (double)x * x)) : 1;
        double[] due = [.. weights.Zip(biases, (w, b) => w.Zip(features, (a, x) => (double)a * x).Sum() / length + b)];
        double size = 1 + due.Max(Math.Abs);
        // Of probabilities near 0 and 1 only the logarithms tell how they came about.
        double highest = due.Max(), sum = softmax ? Math.Log(due.Sum(d => Math.Exp(d - highest))) + highest : 0;
        return due.Length == scores.Length
            && due.Zip(scores, (d, s) => softmax ? Math.Max(Least, d - sum) - Math.Max(Least, Math.Log(s)) : d - s).All(e => Math.Abs(e) < 1e-3 * size);
    }

    private static float[][] Scores(IEnumerable<ITransformer> before, ISingleFeaturePredictionTransformer<object> classifier, string column, IEnumerable<float[]> rows)
    {
        var schema = SchemaDefinition.Create(typeof(Row));
        (schema[nameof(Row.Features)].ColumnName, schema[nameof(Row.Features)].ColumnType) = (column, new VectorDataViewType(NumberDataViewType.Single, rows.First().Length));
        var view = new MLContext().Data.LoadFromEnumerable(rows.Select(r => new Row { Features = r }), schema);
        foreach (var step in before)
            view = Through(step, view);
        return [.. classifier.Transform(view).GetColumn<float[]>("Score")];
    }

    // Steps that are about other columns, such as the label, are left out: here are none.
    private static IDataView Through(ITransformer step, IDataView view)
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

    private sealed class Row
    {
        public float[] Features { get; set; } = [];
    }
}
