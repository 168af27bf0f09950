using TransferKit.Images;

namespace TransferKit.Training;

/// <summary>Pixels of images, decoded and augmented each time.</summary>
/// <param name="examples">The images.</param>
/// <param name="preprocessing">Their preprocessing.</param>
/// <param name="augmentation">Their augmentation.</param>
/// <param name="seed">The seed of the augmentation.</param>
/// <param name="views">The number of different views of an image; after the last, the first is used again.</param>
internal sealed class PixelInputs(IReadOnlyList<Example> examples, Preprocessing preprocessing, Augmentation augmentation, int seed,
    int views = int.MaxValue) : NetworkInputs
{
    public override int Width => preprocessing.Count;

    public override void Read(int example, int epoch, Span<float> values) =>
        ReadView(examples[example].Image, example, epoch % views, preprocessing, augmentation, seed, values);

    public override void Dispose()
    {
    }
}
