using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Detection;

namespace TransferKit.Pipelines.Detecting;

/// <summary>Reads the annotations of the rows that a cursor moves over.</summary>
internal sealed class AnnotationReader
{
    private readonly AnnotationColumns _columns;
    private readonly DataViewRow _row;
    private readonly Func<string[]> _labels;
    private readonly Func<float[]> _boxes;
    private readonly Func<bool[]>? _crowd, _difficult;

    /// <summary>Creates a reader.</summary>
    /// <param name="columns">The columns.</param>
    /// <param name="row">The row, or the cursor.</param>
    public AnnotationReader(AnnotationColumns columns, DataViewRow row)
    {
        (_columns, _row, _labels, _boxes) = (columns, row, Labels(columns, row), Vector<float>(row, columns.Boxes));
        _crowd = columns.Crowd is { } crowd ? Vector<bool>(row, crowd) : null;
        _difficult = columns.Difficult is { } difficult ? Vector<bool>(row, difficult) : null;
    }

    /// <summary>Reads the objects of the current row. Each has its label as text, which is empty if it is missing, and no number.</summary>
    /// <exception cref="ArgumentException">The lengths of the vectors do not match.</exception>
    public IReadOnlyList<(string Label, LabeledBox Object)> Read()
    {
        var (labels, edges, crowd, difficult) = (_labels(), _boxes(), _crowd?.Invoke(), _difficult?.Invoke());
        CheckLengths(labels.Length, edges.Length, crowd, difficult);
        var objects = new (string, LabeledBox)[labels.Length];
        for (int i = 0; i < objects.Length; i++)
        {
            var box = new Box(edges[4 * i], edges[4 * i + 1], edges[4 * i + 2], edges[4 * i + 3]);
            objects[i] = (labels[i], new(box, 0) { IsCrowd = crowd?[i] == true, IsDifficult = difficult?[i] == true });
        }
        return objects;
    }

    /// <summary>A function that reads the labels of the current row as text; a missing label is empty.</summary>
    /// <param name="columns">The columns.</param>
    /// <param name="row">The row, or the cursor.</param>
    public static Func<string[]> Labels(AnnotationColumns columns, DataViewRow row)
    {
        if (!columns.HasKeys)
        {
            var texts = Vector<ReadOnlyMemory<char>>(row, columns.Label);
            return () => [.. texts().Select(t => t.ToString())];
        }
        // A missing key is 0.
        string[] names = ["", .. columns.KeyNames()];
        var keys = Vector<uint>(row, columns.Label);
        return () => [.. keys().Select(k => k < names.Length ? names[k] : "")];
    }

    /// <summary>A function that reads a vector of the current row.</summary>
    /// <param name="row">The row, or the cursor.</param>
    /// <param name="column">The column.</param>
    public static Func<T[]> Vector<T>(DataViewRow row, DataViewSchema.Column column)
    {
        var get = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> values = default;
        return () =>
        {
            get(ref values);
            return [.. values.DenseValues()];
        };
    }

    private void CheckLengths(int labels, int edges, bool[]? crowd, bool[]? difficult)
    {
        bool fits = edges == 4 * labels;
        string lengths = $"{labels} labels in '{_columns.Label.Name}' and {edges} values in '{_columns.Boxes.Name}'";
        foreach (var (column, flags) in new[] { (_columns.Crowd, crowd), (_columns.Difficult, difficult) })
            if (column is not null && flags!.Length != labels)
                (fits, lengths) = (false, $"{lengths}, {flags.Length} in '{column.Value.Name}'");
        if (!fits)
            throw new ArgumentException(
                $"Row {_row.Position + 1} has {lengths}: 4 for each label are needed, left, top, right and bottom in pixels.");
    }
}
