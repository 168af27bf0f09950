using Microsoft.ML;
using Microsoft.ML.Data;

namespace TransferKit.Pipelines.Featurizing;

/// <summary>Gives access to the columns of a row and to computed columns that are appended to them.</summary>
/// <param name="input">The row whose columns come first and are passed through.</param>
/// <param name="getters">The <see cref="ValueGetter{TValue}"/> of each appended column; null for a column that is not active.</param>
internal sealed class AppendedColumns(DataViewRow input, params Delegate?[] getters)
{
    /// <summary>Whether a column's values can be read.</summary>
    /// <param name="column">A column of the output schema.</param>
    public bool IsActive(DataViewSchema.Column column) =>
        IsInput(column) ? input.IsColumnActive(input.Schema[column.Index]) : Appended(column) is not null;

    /// <summary>Gets the function that reads a column's value in the current row.</summary>
    /// <param name="column">A column of the output schema.</param>
    /// <exception cref="InvalidOperationException">The column is not active, or holds values of another type.</exception>
    public ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (IsInput(column))
            return input.GetGetter<TValue>(input.Schema[column.Index]);
        var getter = Appended(column)
            ?? throw new InvalidOperationException($"The column '{column.Name}' was not requested when the row or cursor was created.");
        return getter as ValueGetter<TValue>
            ?? throw new InvalidOperationException($"The column '{column.Name}' holds {column.Type}, which is not {typeof(TValue)}.");
    }

    /// <summary>Creates a getter that copies a vector.</summary>
    /// <param name="values">Computes the vector of the current row.</param>
    public static ValueGetter<VBuffer<float>> Vector(Func<float[]> values) => (ref VBuffer<float> buffer) =>
    {
        float[] computed = values();
        var editor = VBufferEditor.Create(ref buffer, computed.Length);
        computed.CopyTo(editor.Values);
        buffer = editor.Commit();
    };

    private bool IsInput(DataViewSchema.Column column) => column.Index < input.Schema.Count;

    private Delegate? Appended(DataViewSchema.Column column) => getters[column.Index - input.Schema.Count];
}
