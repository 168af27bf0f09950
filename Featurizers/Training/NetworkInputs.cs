using TransferKit.Images;

namespace TransferKit.Training;

/// <summary>
/// The inputs of the trained layers for each example: pixels, augmented anew each epoch, or cached activations of the frozen layers.
/// </summary>
internal abstract class NetworkInputs : IDisposable
{
    /// <summary>The number of values of an example.</summary>
    public abstract int Width { get; }

    /// <summary>Reads the values of an example in an epoch.</summary>
    /// <param name="example">The number of the example, from 0.</param>
    /// <param name="epoch">The number of the epoch, from 0.</param>
    /// <param name="values">Receives <see cref="Width"/> values.</param>
    public abstract void Read(int example, int epoch, Span<float> values);

    /// <inheritdoc cref="DataLoader.DeleteOnDispose"/>
    public virtual void DeleteOnDispose()
    {
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Writes the pixels of an augmented view of an image, which depend on its index, the view and the seed only.</summary>
    protected static void ReadView(ImageSource image, int index, int view, Preprocessing preprocessing, Augmentation augmentation, int seed,
        Span<float> values)
    {
        var crop = augmentation.IsNone
            ? image.ResizeAndCrop(preprocessing)
            : augmentation.Apply(image.Decode(), preprocessing, new Random(unchecked((seed * 31 + view) * 1_000_003 + index)));
        preprocessing.Apply(new ImageSource(crop, isCropped: true), values);
    }
}
