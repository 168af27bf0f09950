using Microsoft.ML;
using Microsoft.ML.Data;

namespace TransferKit.Pipelines.Data;

/// <summary>Reads the names that ML.NET keeps as annotations of a column.</summary>
internal static class ColumnNames
{
    /// <summary>Returns the names of a column's keys, in their order; null where they have none, or others than text.</summary>
    /// <param name="column">A column of keys.</param>
    public static string[]? KeyNames(this DataViewSchema.Column column)
    {
        var keyValues = column.Annotations.Schema.GetColumnOrNull("KeyValues");
        if (keyValues?.Type is not VectorDataViewType { ItemType: TextDataViewType })
            return null;
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetKeyValues(ref names);
        return ToStrings(names);
    }

    /// <summary>Returns the names of a vector's slots, in their order; null where it has none.</summary>
    /// <param name="column">A column of vectors.</param>
    public static string[]? SlotNames(this DataViewSchema.Column column)
    {
        if (!column.HasSlotNames())
            return null;
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetSlotNames(ref names);
        return ToStrings(names);
    }

    private static string[] ToStrings(VBuffer<ReadOnlyMemory<char>> names) => [.. names.DenseValues().Select(n => n.ToString())];
}
