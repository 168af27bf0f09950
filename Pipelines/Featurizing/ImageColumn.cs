using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using TransferKit.Images;

namespace TransferKit.Pipelines.Featurizing;

/// <summary>The three kinds of column that images come in: a path (text), an encoded file (vector of bytes), or an <see cref="MLImage"/>.</summary>
internal static class ImageColumn
{
    private const string Right = "A path (text), the bytes of an image file (vector of Byte) or an image (MLImage) is needed.";

    /// <summary>Finds the column and checks its type.</summary>
    /// <exception cref="ArgumentException">There is no such column, or it holds no images.</exception>
    public static DataViewSchema.Column Of(DataViewSchema schema, string name)
    {
        var column = schema.GetColumnOrNull(name) ?? throw Missing(name, schema.Select(c => c.Name));
        bool isBytes = column.Type is VectorDataViewType vector && vector.ItemType.RawType == typeof(byte);
        return isBytes || column.Type is TextDataViewType or ImageDataViewType
            ? column
            : throw new ArgumentException($"The column '{name}' is {column.Type}. {Right}");
    }

    /// <summary>The same for the shape of a schema, before any data is there.</summary>
    public static void Check(SchemaShape schema, string name)
    {
        var column = schema.FirstOrDefault(c => c.Name == name);
        if (column.Name is null)
            throw Missing(name, schema.Select(c => c.Name));
        bool isVector = column.Kind != SchemaShape.Column.VectorKind.Scalar;
        if (isVector ? column.ItemType.RawType != typeof(byte) : column.ItemType is not (TextDataViewType or ImageDataViewType))
            throw new ArgumentException($"The column '{name}' is {(isVector ? "a vector of " : "")}{column.ItemType}. {Right}");
    }

    /// <summary>A function that reads the row's image; what it returns stays valid when the row moves on.</summary>
    /// <param name="row">The row.</param>
    /// <param name="column">Its column of images.</param>
    /// <param name="preprocessing">Crops an MLImage at once; null to keep it whole.</param>
    public static Func<ImageSource> Reader(DataViewRow row, DataViewSchema.Column column, Preprocessing? preprocessing)
    {
        switch (column.Type)
        {
            case TextDataViewType:
                var path = row.GetGetter<ReadOnlyMemory<char>>(column);
                ReadOnlyMemory<char> text = default;
                return () =>
                {
                    path(ref text);
                    return new ImageSource(text.ToString());
                };
            case ImageDataViewType:
                var image = row.GetGetter<MLImage>(column);
                MLImage pixels = null!;
                return () =>
                {
                    image(ref pixels);
                    // Cropped at once: many photographs of full size would be held while their batches wait.
                    var picture = MLImages.ToPicture(pixels);
                    return preprocessing is null ? new ImageSource(picture) : new ImageSource(preprocessing.ResizeAndCrop(picture), isCropped: true);
                };
            default:
                var file = row.GetGetter<VBuffer<byte>>(column);
                VBuffer<byte> bytes = default;
                return () =>
                {
                    file(ref bytes);
                    return new ImageSource([.. bytes.DenseValues()]);
                };
        }
    }

    private static ArgumentException Missing(string name, IEnumerable<string> columns) =>
        new($"There is no column '{name}' to take images from; there are {string.Join(", ", columns)}.");
}
