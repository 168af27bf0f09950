using Microsoft.ML;
using Microsoft.ML.Data;

namespace TransferKit.Pipelines.Saving;

/// <summary>Runs the transformers that follow the network of a model on feature vectors.</summary>
/// <param name="steps">The transformers.</param>
/// <param name="column">The column that receives the vectors.</param>
internal sealed class FeatureSteps(IReadOnlyList<ITransformer> steps, string column)
{
    /// <summary>Transforms rows of features.</summary>
    /// <param name="rows">At least one vector; all are of one length.</param>
    public IDataView Transform(IReadOnlyList<float[]> rows)
    {
        var schema = SchemaDefinition.Create(typeof(Row));
        var features = schema[nameof(Row.Features)];
        features.ColumnName = column;
        features.ColumnType = new VectorDataViewType(NumberDataViewType.Single, rows[0].Length);
        var view = new MLContext().Data.LoadFromEnumerable(rows.Select(row => new Row { Features = row }), schema);
        return steps.Aggregate(view, TransformIfPossible);
    }

    /// <summary>Computes the column <c>Score</c> of rows of features.</summary>
    /// <inheritdoc cref="Transform" path="/param"/>
    public float[][] Scores(IReadOnlyList<float[]> rows) => [.. Transform(rows).GetColumn<float[]>("Score")];

    // Steps for columns that are missing here, such as the label, are left out.
    private static IDataView TransformIfPossible(IDataView view, ITransformer step)
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
