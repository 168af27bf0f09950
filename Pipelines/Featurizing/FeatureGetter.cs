using Microsoft.ML;
using Microsoft.ML.Data;

namespace TransferKit.Pipelines.Featurizing;

/// <summary>Hands features to ML.NET.</summary>
internal static class FeatureGetter
{
    public static ValueGetter<TValue> Create<TValue>(DataViewSchema.Column column, Func<float[]>? features)
    {
        if (features is null)
            throw new InvalidOperationException($"The column '{column.Name}' was not asked for when the row or cursor was made.");
        ValueGetter<VBuffer<float>> getter = (ref VBuffer<float> value) =>
        {
            float[] from = features();
            var editor = VBufferEditor.Create(ref value, from.Length);
            from.CopyTo(editor.Values);
            value = editor.Commit();
        };
        return getter as ValueGetter<TValue>
            ?? throw new InvalidOperationException($"The column '{column.Name}' holds VBuffer<float>, not {typeof(TValue)}.");
    }
}
