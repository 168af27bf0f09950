using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Detection;
using TransferKit.Pipelines.Data;

namespace TransferKit.Pipelines.Detecting;

/// <summary>The columns of an image's annotations, all vectors.</summary>
/// <param name="Label">The labels of the objects: keys with names, or text.</param>
/// <param name="Boxes">Left, top, right and bottom of each object, in pixels.</param>
/// <param name="Crowd">Which objects are crowds; null if there is no such column.</param>
/// <param name="Difficult">Which objects are difficult; null if there is no such column.</param>
internal sealed record AnnotationColumns(
    DataViewSchema.Column Label, DataViewSchema.Column Boxes, DataViewSchema.Column? Crowd, DataViewSchema.Column? Difficult)
{
    /// <summary>The default names of the columns of crowds and of difficult objects, which may be missing.</summary>
    public const string DefaultCrowd = "Crowd", DefaultDifficult = "Difficult";

    /// <summary>Finds the columns of detections and checks their types.</summary>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type.</exception>
    public static AnnotationColumns Of(DataViewSchema schema, string label, string boxes)
    {
        var columns = new AnnotationColumns(
            Find(schema, label, IsLabel, "text, or keys made by Conversion.MapValueToKey"),
            Find(schema, boxes, t => t == NumberDataViewType.Single, "Single: left, top, right and bottom of each object, in pixels"),
            Crowd: null, Difficult: null);
        return !columns.HasKeys || columns.Label.KeyNames() is not null ? columns
            : throw new ArgumentException($"The keys of '{label}' have no names: they must be text that Conversion.MapValueToKey mapped.");
    }

    /// <summary>Finds the columns of the ground truth and checks their types.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="label">The label column.</param>
    /// <param name="boxes">The column of boxes.</param>
    /// <param name="crowd">The column of crowds; null for <see cref="DefaultCrowd"/>, if the schema has it.</param>
    /// <param name="difficult">The column of difficult objects; null for <see cref="DefaultDifficult"/>, if the schema has it.</param>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type.</exception>
    public static AnnotationColumns Of(DataViewSchema schema, string label, string boxes, string? crowd, string? difficult) =>
        Of(schema, label, boxes) with
        {
            Crowd = FindFlags(schema, crowd, DefaultCrowd),
            Difficult = FindFlags(schema, difficult, DefaultDifficult),
        };

    /// <summary>Whether labels are keys.</summary>
    public bool HasKeys => ((VectorDataViewType)Label.Type).ItemType is KeyDataViewType;

    /// <summary>The columns that the schema has.</summary>
    public IEnumerable<DataViewSchema.Column> All =>
        new DataViewSchema.Column?[] { Label, Boxes, Crowd, Difficult }.Where(c => c is not null).Select(c => c!.Value);

    /// <summary>The names of the labels: those of all keys, or the texts that occur, in ordinal order.</summary>
    public IReadOnlyList<string> Names(IDataView view)
    {
        if (HasKeys)
            return Label.KeyNames()!;
        var names = new SortedSet<string>(StringComparer.Ordinal);
        using var cursor = view.GetRowCursor([Label]);
        var read = AnnotationReader.Labels(this, cursor);
        while (cursor.MoveNext())
            names.UnionWith(read().Where(n => n.Length > 0));
        return [.. names];
    }

    /// <summary>The number of a label, counted from 1.</summary>
    /// <exception cref="ArgumentException">The names do not contain the label.</exception>
    public static int Number(IReadOnlyList<string> names, string label)
    {
        for (int i = 0; i < names.Count; i++)
            if (names[i] == label)
                return i + 1;
        throw new ArgumentException($"The label '{label}' is unknown: the training images have {string.Join(", ", names)}.");
    }

    /// <summary>A function that reads the objects of a row; see <see cref="AnnotationReader.Read"/>.</summary>
    public Func<IReadOnlyList<(string Label, LabeledBox Object)>> Reader(DataViewRow row) => new AnnotationReader(this, row).Read;

    /// <summary>Finds a column of vectors.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="name">The name of the column.</param>
    /// <param name="isRight">Whether the items of the vector have the right type.</param>
    /// <param name="rightType">The right type of items, for the message.</param>
    /// <exception cref="ArgumentException">There is no column of this name, or it has another type.</exception>
    public static DataViewSchema.Column Find(DataViewSchema schema, string name, Func<DataViewType, bool> isRight, string rightType)
    {
        var column = schema.GetColumnOrNull(name)
            ?? throw new ArgumentException($"There is no column '{name}'; there are {string.Join(", ", schema.Select(c => c.Name))}.");
        return column.Type is VectorDataViewType vector && isRight(vector.ItemType) ? column
            : throw new ArgumentException($"The column '{name}' is {column.Type}: it must be a vector of {rightType}.");
    }

    private static bool IsLabel(DataViewType type) => type is TextDataViewType || type is KeyDataViewType && type.RawType == typeof(uint);

    private static DataViewSchema.Column? FindFlags(DataViewSchema schema, string? name, string defaultName) =>
        name is null && schema.GetColumnOrNull(defaultName) is null ? null
            : Find(schema, name ?? defaultName, t => t == BooleanDataViewType.Instance, "Boolean");

    /// <summary>The names of the keys.</summary>
    public string[] KeyNames() => Label.KeyNames()!;
}
