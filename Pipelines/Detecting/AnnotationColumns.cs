using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Detection;
using TransferKit.Pipelines.Data;

namespace TransferKit.Pipelines.Detecting;

/// <summary>Columns that say what is in an image, each a vector: labels, four edges for each, and which of them are crowds.</summary>
/// <param name="Label">Keys with names, or text.</param>
/// <param name="Boxes">Left, top, right and bottom of each, in pixels.</param>
/// <param name="Crowd">Which of them stand for several things that nobody told apart; may be missing.</param>
internal sealed record AnnotationColumns(DataViewSchema.Column Label, DataViewSchema.Column Boxes, DataViewSchema.Column? Crowd)
{
    /// <summary>Finds the columns and checks their types.</summary>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type.</exception>
    public static AnnotationColumns Of(DataViewSchema schema, string label, string boxes, string? crowd = null)
    {
        var columns = new AnnotationColumns(
            Find(schema, label, t => t is TextDataViewType || t is KeyDataViewType && t.RawType == typeof(uint), "text, or keys made by Conversion.MapValueToKey"),
            Find(schema, boxes, t => t == NumberDataViewType.Single, "Single: left, top, right and bottom of each thing, in pixels"),
            crowd is null ? null : Find(schema, crowd, t => t == BooleanDataViewType.Instance, "Boolean"));
        return !columns.HasKeys || columns.Label.KeyNames() is not null ? columns
            : throw new ArgumentException($"The keys of '{label}' have no names, which are needed: text, mapped by Conversion.MapValueToKey.");
    }

    /// <summary>Whether labels are keys.</summary>
    public bool HasKeys => ((VectorDataViewType)Label.Type).ItemType is KeyDataViewType;

    /// <summary>The columns.</summary>
    public IEnumerable<DataViewSchema.Column> All => Crowd is { } crowd ? [Label, Boxes, crowd] : [Label, Boxes];

    /// <summary>The names of labels: those of all keys, or the texts that occur, in ordinal order.</summary>
    public IReadOnlyList<string> Names(IDataView view)
    {
        if (HasKeys)
            return Label.KeyNames()!;
        var names = new SortedSet<string>(StringComparer.Ordinal);
        using var cursor = view.GetRowCursor([Label]);
        var read = Labels(cursor);
        while (cursor.MoveNext())
            names.UnionWith(read().Where(n => n.Length > 0));
        return [.. names];
    }

    /// <summary>A label's number, counted from 1.</summary>
    /// <exception cref="ArgumentException">It is none of those.</exception>
    public static int Number(IReadOnlyList<string> names, string name)
    {
        for (int i = 0; i < names.Count; i++)
            if (names[i] == name)
                return i + 1;
        throw new ArgumentException($"The label '{name}' is none of those that are learned: {string.Join(", ", names)}.");
    }

    /// <summary>A function that reads what is in a row's image, with labels by name only; that of a missing label is empty.</summary>
    /// <exception cref="ArgumentException">There are not four edges for each label; thrown as the row is read.</exception>
    public Func<IReadOnlyList<(string Label, LabeledBox Thing)>> Reader(DataViewRow row)
    {
        var (labels, edges) = (Labels(row), Vector<float>(row, Boxes));
        var crowds = Crowd is { } column ? Vector<bool>(row, column) : null;
        return () =>
        {
            var (names, box, crowd) = (labels(), edges(), crowds?.Invoke());
            if (box.Length != 4 * names.Length || crowd?.Length is { } count && count != names.Length)
                throw new ArgumentException($"Row {row.Position + 1} has {names.Length} labels in '{Label.Name}' and {box.Length} values in '{Boxes.Name}'{(crowd is null ? "" : $", {crowd.Length} in '{Crowd?.Name}'")}: 4 for each label are needed, left, top, right and bottom in pixels.");
            return [.. names.Select((name, i) => (name, new LabeledBox(new(box[4 * i], box[4 * i + 1], box[4 * i + 2], box[4 * i + 3]), 0) { Crowd = crowd?[i] == true }))];
        };
    }

    /// <summary>A function that reads a row's vector.</summary>
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

    /// <summary>Finds a column of vectors.</summary>
    /// <exception cref="ArgumentException">There is none of this name, or it holds something else.</exception>
    public static DataViewSchema.Column Find(DataViewSchema schema, string name, Func<DataViewType, bool> isRight, string right)
    {
        var column = schema.GetColumnOrNull(name)
            ?? throw new ArgumentException($"There is no column '{name}'; there are {string.Join(", ", schema.Select(c => c.Name))}.");
        return column.Type is VectorDataViewType vector && isRight(vector.ItemType) ? column
            : throw new ArgumentException($"The column '{name}' is {column.Type}; a vector of {right} is needed.");
    }

    private Func<string[]> Labels(DataViewRow row)
    {
        if (!HasKeys)
        {
            var texts = Vector<ReadOnlyMemory<char>>(row, Label);
            return () => [.. texts().Select(t => t.ToString())];
        }
        // A missing key is 0, and so is one without a name.
        string[] names = ["", .. Label.KeyNames()!];
        var keys = Vector<uint>(row, Label);
        return () => [.. keys().Select(k => k < names.Length ? names[k] : "")];
    }
}
