using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using TransferKit.Images;

namespace TransferKit.Pipelines.Featurizing;

/// <summary>Finds, checks and reads a column of images: paths (text), encoded files (vectors of bytes), or <see cref="MLImage"/>.</summary>
internal static class ImageColumn
{
    private const string ValidTypes =
        "It must hold paths (text), the bytes of image files (vectors of Byte) or images (MLImage).";

    /// <summary>Finds the column and checks its type.</summary>
    /// <param name="schema">The schema of the data.</param>
    /// <param name="name">The column's name.</param>
    /// <exception cref="ArgumentException">There is no such column, or it does not hold images.</exception>
    public static DataViewSchema.Column Of(DataViewSchema schema, string name)
    {
        var column = schema.GetColumnOrNull(name) ?? throw Missing(name, schema.Select(c => c.Name));
        return HoldsImages(column.Type) ? column
            : throw new ArgumentException($"The column '{name}' of type {column.Type} does not hold images. {ValidTypes}");
    }

    /// <summary>Whether a column of this type can hold images.</summary>
    /// <param name="type">The type of the column.</param>
    public static bool HoldsImages(DataViewType type) => type is TextDataViewType or ImageDataViewType
        || (type is VectorDataViewType vector && vector.ItemType.RawType == typeof(byte));

    /// <summary>Checks the column in the shape of a schema, before there is any data.</summary>
    /// <param name="schema">The shape of the schema.</param>
    /// <param name="name">The column's name.</param>
    /// <exception cref="ArgumentException">There is no such column, or it does not hold images.</exception>
    public static void Check(SchemaShape schema, string name)
    {
        var column = schema.FirstOrDefault(c => c.Name == name);
        if (column.Name is null)
            throw Missing(name, schema.Select(c => c.Name));
        bool isVector = column.Kind != SchemaShape.Column.VectorKind.Scalar;
        bool holdsImages = isVector ? column.ItemType.RawType == typeof(byte) : column.ItemType is TextDataViewType or ImageDataViewType;
        if (!holdsImages)
            throw new ArgumentException(
                $"The column '{name}' of type {(isVector ? "vector of " : "")}{column.ItemType} does not hold images. {ValidTypes}");
    }

    /// <summary>Creates a function that reads the image of the current row; its result stays valid when the row moves on.</summary>
    /// <param name="row">The row or cursor.</param>
    /// <param name="column">The column of images.</param>
    /// <param name="preprocessing">Resizes and crops an <see cref="MLImage"/> at once; null to keep it whole.</param>
    public static Func<ImageSource> Reader(DataViewRow row, DataViewSchema.Column column, Preprocessing? preprocessing) =>
        column.Type switch
        {
            TextDataViewType => PathReader(row.GetGetter<ReadOnlyMemory<char>>(column)),
            ImageDataViewType => ImageReader(row.GetGetter<MLImage>(column), preprocessing),
            _ => BytesReader(row.GetGetter<VBuffer<byte>>(column)),
        };

    private static Func<ImageSource> PathReader(ValueGetter<ReadOnlyMemory<char>> get)
    {
        ReadOnlyMemory<char> path = default;
        return () =>
        {
            get(ref path);
            return new ImageSource(path.ToString());
        };
    }

    private static Func<ImageSource> BytesReader(ValueGetter<VBuffer<byte>> get)
    {
        VBuffer<byte> bytes = default;
        return () =>
        {
            get(ref bytes);
            return new ImageSource([.. bytes.DenseValues()]);
        };
    }

    private static Func<ImageSource> ImageReader(ValueGetter<MLImage> get, Preprocessing? preprocessing)
    {
        MLImage image = null!;
        return () =>
        {
            get(ref image);
            var picture = MLImages.ToPicture(image);
            // Cropped at once, because images of full size would otherwise fill the memory while they wait for their batch.
            return preprocessing is null
                ? new ImageSource(picture) : new ImageSource(preprocessing.ResizeAndCrop(picture), isCropped: true);
        };
    }

    private static ArgumentException Missing(string name, IEnumerable<string> columns) =>
        new($"There is no image column '{name}'; the columns are {string.Join(", ", columns)}.");
}
